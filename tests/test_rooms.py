"""The directions of imports, and that the framework knows of no plant in particular."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.lib.imports import problems

ROOT = Path(__file__).resolve().parents[1]


def test_imports_point_one_way():
    assert problems(ROOT) == []


def test_an_import_that_points_the_wrong_way_is_found(tmp_path):
    place = tmp_path / "framework" / "definitions" / "bad.py"
    place.parent.mkdir(parents=True)
    place.write_text("from framework.pipeline.build import build\n")
    assert problems(tmp_path) == [
        "framework/definitions/bad.py:1: framework.definitions must not import framework.pipeline"
    ]


def test_the_framework_knows_nothing_of_parcels():
    words = re.compile(r"parcel|sorter|\bpsm\b|conveyor|chute", re.IGNORECASE)
    code = [path for room in ("framework", "runners") for path in (ROOT / room).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in code
        for line in path.read_text().splitlines()
        if words.search(line)
    ]
    assert found == []
