"""`sortline run` with a rule and `notify`: from events to what receivers hold."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from framework.cli import watching
from framework.cli.main import main
from framework.cli.planning import plan_of
from framework.cli.watching import Watch
from framework.notify.delivery import Figures
from runners.metrics import Metrics
from tests.notify.hook import Hook
from tests.pipeline.events import BEGIN
from tests.pipeline.tiny import tiny
from tests.services.process import free_port

RULE = """\
rule: slow
title: Slow
owner: tests
kpi: mean_ms
level: machine
detect: {threshold: {above: 100}}
fire: {when: above, severity: warning}
escalate: {to: critical, after: 3 windows}
recover: {for: 2 windows}
message: "{machine} takes {value} {unit}"
"""
NOTIFY = """\
notify:
  - webhook: {url: "${HOOK_URL}"}
  - webhook: {url: "${ALERTMANAGER_URL}", format: alertmanager, severity: critical}
"""


def test_from_events_to_notifications(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alertmanager = Hook()
    monkeypatch.setenv("HOOK_URL", hook.url)
    monkeypatch.setenv("ALERTMANAGER_URL", alertmanager.url)
    folder = tiny(tmp_path / "definitions")
    (folder / "rule.yaml").write_text(RULE)
    (folder / "shadow.yaml").write_text(RULE.replace("rule: slow", "rule: quiet\nmode: shadow"))
    with open(folder / "pipeline.yaml", "a") as file:
        file.write(NOTIFY)
    with open(tmp_path / "events.ndjson", "w") as file:
        for n in range(600):
            ms = 200 if 200 <= n < 320 else 50
            event = {
                "id": f"e{n}",
                "ts": (BEGIN + timedelta(seconds=3 * n)).isoformat(),
                "machine": "A",
                "ms": ms,
            }
            file.write(json.dumps(event) + "\n")
    source, sink = f"file:{tmp_path / 'events.ndjson'}", f"file:{tmp_path / 'out'}"
    command = [
        "run",
        str(folder),
        "--source",
        source,
        "--sink",
        sink,
        "--batch-records",
        "100",
        "--until-end",
    ]
    try:
        assert main(command) == 0, capsys.readouterr().err
    finally:
        alertmanager.close()
    assert [one["transition"] for one in hook.told] == ["fired", "escalated", "resolved"]
    assert {one["rule"] for one in hook.told} == {"slow"}
    written = [json.loads(line) for line in (tmp_path / "out/alerts.ndjson").read_text().splitlines()]
    (last,) = [one for one in written if one["rule"]["name"] == "slow"]
    assert hook.told[-1]["document"] | {"_id": hook.told[-1]["id"]} == last
    alerts = [alert for call in alertmanager.calls for alert in call.body]
    assert {one["labels"]["severity"] for one in alerts} == {"critical"}
    assert [one["annotations"]["transition"] for one in alerts] == ["escalated", "resolved"]


def test_a_change_of_notify_takes_a_new_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_EVERY", 0.0)
    folder = tiny(tmp_path / "definitions")
    plan, definitions = plan_of(str(folder))
    said: list[str] = []
    watch = Watch(str(folder), plan, definitions, lambda new: None, said.append)
    with open(folder / "pipeline.yaml", "a") as file:
        file.write(NOTIFY)
    assert [watch() for _ in range(3)] == [None] * 3
    assert ["a new notify takes a new start of the run" in one for one in said] == [True]


def test_figures_for_prometheus() -> None:
    port = free_port()
    Metrics("plant", port, lambda: [Figures("hook-1", 5, 4, 3, 2, 1, 0.5)])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    labels = '{outcome="sent",pipeline="plant",receiver="hook-1"}'
    assert f"sortline_notifications{labels} 5.0" in text
    assert 'sortline_notifications_waiting{pipeline="plant",receiver="hook-1"} 1.0' in text
    assert 'sortline_notifications_waiting_seconds{pipeline="plant",receiver="hook-1"} 0.5' in text
