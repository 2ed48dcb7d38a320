"""The live view's panels and health line, from documents and figures as a run leaves them."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console, RenderableType

from framework.cli.screens.alerts import episodes
from framework.cli.screens.health import Health
from framework.cli.screens.panels import Wanted, bars, totals, trend, worst
from framework.definitions.model import Kpi
from tests.definitions.made import loaded


def kpi(folder, better: str) -> Kpi:
    found = loaded(folder).kpis[0]
    return Kpi(**{**vars(found), "better": better})


def document(key: str, minute: int, value: float | None, parts: Mapping[str, float], *, final: bool = True):
    return {
        "_id": f"kpi:failure_rate:machine:{key}:2026:1:1:1",
        "@timestamp": f"2026-10-05T08:{minute:02d}:00Z",
        "kpi": {"value": value, "final": final, "parts": parts},
    }


def shown(what: RenderableType) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    console.print(what)
    return console.file.getvalue().splitlines()


def test_a_ratio_is_judged_by_its_parts_and_not_by_the_average_of_its_windows(tmp_path):
    windows = [
        (10.0, {"numerator": 1.0, "denominator": 10.0}),
        (0.0, {"numerator": 0.0, "denominator": 90.0}),
    ]
    found = [document("M-01", minute, *window) for minute, window in enumerate(windows)]
    lines = shown(worst(kpi(tmp_path, "lower"), Wanted("failure_rate", "machine"), found))
    assert any("M-01" in line and " 1.0 %" in line for line in lines)


def test_what_is_far_from_the_others_is_marked(tmp_path):
    values = {"M-01": 100.0, "M-02": 90.0, "M-03": 20.0, "M-04": 110.0}
    found = [
        document(key, minute, value, {"a": value}) for key, value in values.items() for minute in range(4)
    ]
    lines = shown(worst(kpi(tmp_path, "higher"), Wanted("failure_rate", "machine"), found, rows=2))
    assert [line.split()[1] for line in lines[1:-1]] == ["M-03", "M-02"]
    assert "▼ others 95.0" in lines[1]
    assert "▼" not in lines[2]


def test_windows_that_are_open_or_have_no_value_are_not_judged(tmp_path):
    found = [document("M-01", 1, None, {}), document("M-02", 1, 5.0, {}, final=False)]
    lines = shown(worst(kpi(tmp_path, "lower"), Wanted("failure_rate", "machine"), found))
    assert not any("M-0" in line for line in lines)


def test_a_trend_and_sums(tmp_path):
    found = [document("M-01:jam", minute, float(minute), {}) for minute in (1, 2, 3)]
    wanted = Wanted("failure_rate", "machine")
    assert any(
        "▃▆█" in line and "3 %" in line for line in shown(trend(kpi(tmp_path, "lower"), wanted, found))
    )
    assert any(
        line.split()[1:4] == ["M-01", "6", "6"]
        for line in shown(totals(kpi(tmp_path, "lower"), wanted, found))
    )


def test_bars_of_nothing():
    assert bars([]) == ""
    assert bars([0.0, 0.0]) == "▁▁"


FIGURES = """\
sortline_lag_seconds{pipeline="plant"} 2.5
sortline_watermark_seconds{pipeline="plant"} 1.7596512e+09
sortline_total{name="records",pipeline="plant"} %d
sortline_dead_letters_total{pipeline="plant",reason="not_json"} 3
"""


def test_health_is_what_came_between_two_looks():
    health = Health("http://127.0.0.1:1")
    health.told(FIGURES % 1000, 10.0)
    told = health.told(FIGURES % 4000, 20.0).plain
    assert told == "300 records/s   4,000 records   lag 2.5 s   watermark 08:00:00   3 dead letters"


def test_a_run_that_does_not_answer_is_told():
    assert "does not answer" in Health("http://127.0.0.1:1").line().plain


def alert(machine: str, severity: str, state: str, minute: int, mode: str = "alert"):
    return {
        "message": f"{machine} is slow",
        "rule": {"severity": severity, "mode": mode},
        "alert": {"state": state, "start": f"2026-10-05T08:{minute:02d}:00Z"},
    }


def test_open_episodes_come_first_the_gravest_on_top_and_shadows_not_at_all():
    found = [
        alert("M-01", "warning", "active", 9),
        alert("M-02", "critical", "resolved", 8),
        alert("M-03", "critical", "active", 7),
        alert("M-04", "critical", "active", 6, mode="shadow"),
        alert("M-05", "warning", "withdrawn", 5),
        alert("M-06", "info", "recovering", 4),
    ]
    lines = shown(episodes(found))
    assert "Alerts: 3 open" in lines[0]
    assert [line.split()[1:4] for line in lines[1:-1]] == [
        ["critical", "08:07:00", "M-03"],
        ["warning", "08:09:00", "M-01"],
        ["recovering", "08:04:00", "M-06"],
        ["resolved", "08:08:00", "M-02"],
    ]
    assert "1 more" in shown(episodes(found, rows=2))[0]
    assert "nothing is out of the ordinary" in shown(episodes([]))[1]
