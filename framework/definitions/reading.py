"""The files of a folder of definitions."""

from __future__ import annotations

import os
from pathlib import Path

from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.text import Source

LARGEST = 300_000
SUFFIXES = (".yaml", ".yml")


def read_folder(folder: Path) -> tuple[list[Source], list[Diagnostic]]:
    """Every definition file under a folder, in the order of their paths, and why there is none.

    Names that begin with a dot are passed over.
    """
    name = shown(folder)
    if not folder.is_dir():
        message = "is a file" if folder.is_file() else "is not there"
        hint = "give the folder that it lies in" if folder.is_file() else "make one with: sortline init"
        return [], [Diagnostic(Span(name), "folder/missing", f"the folder {name} {message}", hint)]
    try:
        paths = sorted(path for path in folder.rglob("*") if _is_definition(path, folder))
    except OSError as error:
        return [], [_unreadable(name, error)]
    if not paths:
        hint = "add .yaml files, or make some with: sortline init"
        return [], [Diagnostic(Span(name), "folder/empty", f"the folder {name} has no definitions", hint)]
    return [_read(path) for path in paths], []


def shown(path: Path) -> str:
    """A path as messages show it: relative when inside the current folder."""
    relative = os.path.relpath(path)
    name = str(path) if relative.startswith("..") else relative
    # A name that is no UTF-8 could not be printed.
    return os.fsencode(name).decode("utf-8", errors="replace")


def _is_definition(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _read(path: Path) -> Source:
    name = shown(path)
    try:
        # Never more than a little past the bound: a file may be of any size.
        with path.open("rb") as file:
            data = file.read(4 * LARGEST + 1)
    except OSError as error:
        return Source(name, "", _unreadable(name, error))
    data = data.removeprefix(b"\xef\xbb\xbf")
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    if len(text) > LARGEST:
        hint = "one definition a file"
        problem = Diagnostic(Span(name, 1, 1, 2), "yaml/too-big", "the file is larger than 300 kB", hint)
        return Source(name, text[:LARGEST], problem)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Source(name, text, _not_utf8(name, data, error.start))
    return Source(name, text)


def _not_utf8(name: str, data: bytes, start: int) -> Diagnostic:
    before = data[:start].decode("utf-8", errors="replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    hint = "this looks like UTF-16: save the file as UTF-8" if utf16 else "save the file as UTF-8"
    return Diagnostic(Span(name, line, column, column + 1), "yaml/not-utf8", "this is no UTF-8 text", hint)


def _unreadable(name: str, error: OSError) -> Diagnostic:
    message = f"the file can't be read: {error.strerror or type(error).__name__}"
    return Diagnostic(Span(name), "yaml/unreadable", message, "check its permissions")
