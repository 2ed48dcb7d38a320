"""The exact text of what `check` says of one more file in a good folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.definitions import load, render
from tests.definitions.made import write

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_diagnostics(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[Path, str], None]
) -> None:
    monkeypatch.chdir(write(tmp_path, {f"{name}.yaml": (FOLDER / f"{name}.yaml").read_bytes()}))
    _, diagnostics, files = load(".")
    golden(FOLDER / f"{name}.txt", render(diagnostics, files) + "\n")
