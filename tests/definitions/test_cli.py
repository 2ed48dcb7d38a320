"""The verbs that look at definitions: what they print and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli import main
from tests.definitions.made import GOOD, RULE, write


def test_check_is_quiet_about_good_definitions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write(tmp_path))]) == 0
    assert capsys.readouterr().out == "1 KPI, 1 zone map: no problems\n"


def test_check_passes_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "rule: x\nkpi: failure_rate\nlevel: machine\ndetect: {threshold: {above: 5}}\n"
    assert main(["check", str(write(tmp_path, {"r.yaml": rule}))]) == 0
    assert capsys.readouterr().out.endswith("1 KPI, 1 rule, 1 zone map: 1 warning\n")


def test_check_fails_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kpi = GOOD["kpi.yaml"].replace("[machine,", "[machin,").replace("count()", "cuont()")
    assert main(["check", str(write(tmp_path, {"kpi.yaml": kpi}))]) == 1
    shown = capsys.readouterr().out
    assert "kpi.yaml:7:6: kpi/unknown-level: no level 'machin'" in shown
    assert "formula/" in shown
    assert shown.endswith("1 KPI, 1 zone map: 2 errors\n")


def test_check_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path, {"kpi.yaml": GOOD["kpi.yaml"].replace("title:", "titel:")})
    assert main(["check", str(folder), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "path": str(folder / "kpi.yaml"),
            "line": 2,
            "column": 1,
            "code": "key/unknown",
            "severity": "error",
            "message": "unknown key 'titel'",
            "hint": "did you mean 'title'?",
        }
    ]


def test_check_without_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nothing")]) == 1
    assert "folder/missing" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["check"])
    assert stop.value.code == 2


def test_formulas_say_nothing_of_what_a_broken_file_would_give(tmp_path: Path) -> None:
    from framework.cli.checking import check

    other = GOOD["kpi.yaml"].replace("kpi: failure_rate", "kpi: double")
    other = other.replace(
        '100 * count(outcome == "failed") / count()', "2 * failure_rate + max(rated_per_hour)"
    )
    changed: dict[str, str | bytes | None] = {
        "other.yaml": other,
        "kpi.yaml": GOOD["kpi.yaml"].replace('unit: "%"', "unit: %"),
        "zones.yaml": GOOD["zones.yaml"].replace("North", "Köln").encode("latin-1"),
    }
    found = [(Path(one.at.path).name, one.code) for one in check(write(tmp_path, changed)).diagnostics]
    assert found == [("kpi.yaml", "yaml/syntax"), ("zones.yaml", "yaml/not-utf8")]


def test_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(write(tmp_path))]) == 0
    shown = capsys.readouterr().out
    assert "failure_rate" in shown
    assert "5m every 1m" in shown
    assert main(["list", str(tmp_path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pipeline"] == "plant"
    assert found["kpis"][0]["by"] == ["machine", "zone", "site+reason"]
    assert found["levels"][1] == {"name": "zone", "fields": ["site", "zone"]}
    assert found["zones"][0]["zones"] == 3


def test_list_of_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nested = RULE.replace("rule: failing", "rule: other").replace(
        "and: {peers: {of: site, above: 150%}}", "and: {not: {no_data: {}, or: {threshold: {above: 1}}}}"
    )
    folder = write(tmp_path, {"rule.yaml": RULE, "other.yaml": nested})
    assert main(["list", str(folder)]) == 0
    assert "Fails often" in capsys.readouterr().out
    assert main(["list", str(folder), "--format", "json"]) == 0
    other, failing, silent = json.loads(capsys.readouterr().out)["rules"]
    assert failing == {
        "name": "failing",
        "title": "Fails often",
        "kpi": "failure_rate",
        "level": "machine",
        "detect": "rate and peers",
        "when": "above",
        "for": 3,
        "severity": "critical",
        "mode": "alert",
        "owner": "operations",
        "path": str(folder / "rule.yaml"),
    }
    assert other["detect"] == "rate and not (no_data or threshold)"
    assert (silent["name"], silent["detect"], silent["severity"]) == ("silent", "no_data", "critical")


def test_list_of_broken_definitions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(write(tmp_path, {"pipeline.yaml": None}))]) == 1
    assert "pipeline/missing" in capsys.readouterr().err


def test_init_writes_what_checks_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new"
    assert main(["init", str(folder)]) == 0
    assert (folder / "README.md").exists()
    capsys.readouterr()
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == "2 KPIs, 1 zone map: no problems\n"


def test_init_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    assert main(["init", str(tmp_path / "mine")]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert "not empty" in capsys.readouterr().err
