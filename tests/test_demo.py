"""The demo, as a newcomer starts it: something is seen, and nothing is left running."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_demo_shows_live_figures(tmp_path):
    picture = tmp_path / "demo.svg"
    command = [ROOT / "scripts" / "demo", "--seconds", "75", "--svg", str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Throughput by region" in done.stdout
    assert " records/s " in done.stdout
    # What the plant's simulation breaks is seen while one watches.
    assert re.search(r"PSM-0207 .*▲ others", done.stdout)
    assert re.search(r"PSM-0103 .*▼ others", done.stdout)
    assert "north" in picture.read_text()
