"""`sortline init`: a small project that works, to start from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from framework.cli.errors import UserError

_START = "2026-10-01T08:{:02d}:{:02d}Z"


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("init", help="write a small project to start from")
    parser.add_argument("dir", help="folder to make; one that is there must be empty")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the project. Raises `UserError` where something would be overwritten."""
    folder = Path(arguments.dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: give a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty: nothing was written")
    try:
        written = [_write(folder / name, text) for name, text in starter()]
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}") from error
    print("\n".join(f"  {path}" for path in written))
    print(f"Next: sortline check {folder}")
    return 0


def starter() -> Iterator[tuple[str, str]]:
    """Every file of the project: its path and its text."""
    yield from _texts(files("framework.cli") / "starter", "")
    yield "events.ndjson", "".join(json.dumps(event) + "\n" for event in _events())


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            yield from _texts(one, f"{prefix}{one.name}/")
        elif one.name.endswith((".yaml", ".md")):
            yield prefix + one.name, one.read_text(encoding="utf-8")


def _events() -> Iterator[dict[str, object]]:
    for number in range(900):
        failed = number % 17 == 0 or (number % 4 == 2 and 300 <= number < 420 and number % 3 == 0)
        yield {
            "ts": _START.format(number // 60, number % 60),
            "event_id": f"e{number:04d}",
            "machine": f"M-{number % 4 + 1:02d}",
            "lane": number * 7 % 20 + 1,
            "outcome": "failed" if failed else "done",
            "took_ms": 800.0 + number * 37 % 400,
        }


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
