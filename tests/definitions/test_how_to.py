"""What the guide to rules shows can be written so."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from framework.definitions import load, render
from framework.definitions.kinds.detect import DETECTORS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "how-to" / "write-a-rule.md").read_text(encoding="utf-8")
BLOCKS = [dedent(block) for block in re.findall(r"^ *```yaml\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)]
CELLS = re.findall(r"^\| .* \| `(\w+: \{.*\})` \|", GUIDE, re.MULTILINE)
HEAD = "rule: tried\nkpi: throughput\nlevel: machine\n"


def shown(folder: Path, name: str, text: str) -> str:
    """What is said of the shipped definitions with this file of the folder of rules or calendars."""
    shutil.copytree(ROOT / "kpi_defs", folder, dirs_exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    _, found, files = load(folder)
    return render([one for one in found if one.code != "rule/undocumented"], files)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_pieces_of_yaml(tmp_path: Path, block: str) -> None:
    if block.startswith("rule: "):
        name, text = f"rules/{block.split()[1]}.yaml", block
    elif block.startswith("maintenance:"):
        calendar = (ROOT / "kpi_defs/calendars/plant.yaml").read_text(encoding="utf-8")
        name, text = "calendars/plant.yaml", calendar[: calendar.index("maintenance:")] + block
    else:
        detect = "" if block.startswith("detect:") else "detect: {seasonal: {}}\n"
        name, text = "rules/tried.yaml", HEAD + detect + block
    assert shown(tmp_path, name, text) == ""


@pytest.mark.parametrize("cell", CELLS)
def test_detectors_of_the_table(tmp_path: Path, cell: str) -> None:
    head = HEAD.replace("level: machine", "level: site") if cell.startswith("members") else HEAD
    assert shown(tmp_path, "rules/tried.yaml", f"{head}detect: {{{cell}}}\n") == ""


def test_the_table_has_every_detector() -> None:
    assert {cell.partition(":")[0] for cell in CELLS} == DETECTORS.keys()
