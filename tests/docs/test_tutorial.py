"""The tutorial's commands run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(300)
def test_tutorial(tmp_path: Path) -> None:
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    printed = {}
    for kind, text in _BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text()):
        if kind == "yaml":
            place = text.splitlines()[0].removeprefix("# ")
            (tmp_path / place).write_text(text)
            continue
        for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            printed[command] = done.stdout
    assert printed["sortline check plant"] == "3 KPIs, 1 rule, 1 zone map: no problems\n"
    assert printed["""grep -c '"slow_items"' out/kpi.ndjson"""] == "15\n"
    (episode,) = map(json.loads, printed["cat out/alerts.ndjson"].splitlines())
    assert episode["message"] == "M-03 fails 40 % of its items"
    assert episode["alert"]["start"] == "2026-10-01T08:05:00Z" and episode["alert"]["state"] == "resolved"
    compared = next(text for command, text in printed.items() if "--against" in command)
    assert "1 stay as they are" in compared and "gone" not in compared
    first = next(text for command, text in printed.items() if command.endswith("head -n 1"))
    assert '"parts":{"numerator":4.0,"denominator":60.0}' in first
