"""The exact text of what `check` says of one more file, or a folder of them, in a good folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.definitions import load, render
from tests.definitions.made import write

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.iterdir() if path.suffix != ".txt"))
def test_diagnostics(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[Path, str], None]
) -> None:
    folder = FOLDER / name
    paths = sorted(folder.iterdir()) if folder.is_dir() else [FOLDER / f"{name}.yaml"]
    monkeypatch.chdir(write(tmp_path, {path.name: path.read_bytes() for path in paths}))
    _, diagnostics, files = load(".")
    golden(FOLDER / f"{name}.txt", render(diagnostics, files) + "\n")
