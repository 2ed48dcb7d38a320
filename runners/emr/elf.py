"""What a program or a shared library needs from the machine: an ELF file's dynamic section.

Layout: System V ABI, chapters 4 and 5; symbol versions: the Linux Standard Base, "Symbol Versioning".
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

_DYNAMIC, _VERSIONS_NEEDED = 6, 0x6FFFFFFE
_TAG_NEEDED = 1
_HEADERS_AT, _HEADER_SIZE_AT, _HEADER = 0x28, 0x3A, "<IIQQQQII"


@dataclass(frozen=True)
class Needs:
    """The least glibc, as (2, 34), and the libraries by their names."""

    glibc: tuple[int, ...]
    libraries: frozenset[str]


def needs(path: Path) -> Needs | None:
    """What a file needs; None for what is no 64-bit little-endian ELF file with section headers.

    >>> import sys
    >>> "libc.so.6" in needs(Path(sys.executable).resolve()).libraries
    True
    >>> needs(Path(__file__)) is None
    True
    """
    with open(path, "rb") as file:
        if file.read(6) != b"\x7fELF\x02\x01":
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _needs(data)


def _needs(data: mmap.mmap) -> Needs:
    (start,) = struct.unpack_from("<Q", data, _HEADERS_AT)
    size, count = struct.unpack_from("<HH", data, _HEADER_SIZE_AT)
    sections = [struct.unpack_from(_HEADER, data, start + number * size) for number in range(count)]
    libraries: set[str] = set()
    glibc: tuple[int, ...] = ()
    for section in sections:
        kind, offset, length, link, entries = (section[at] for at in (1, 4, 5, 6, 7))
        if kind == _DYNAMIC:
            tags = struct.iter_unpack("<QQ", data[offset : offset + length])
            libraries |= {_text(data, sections[link][4] + value) for tag, value in tags if tag == _TAG_NEEDED}
        elif kind == _VERSIONS_NEEDED:
            names = _versions(data, offset, entries, sections[link][4])
            glibc = max([glibc, *(_number(name) for name in names if name.startswith("GLIBC_2"))])
    return Needs(glibc, frozenset(libraries))


def _versions(data: mmap.mmap, offset: int, entries: int, strings: int) -> list[str]:
    found = []
    for _ in range(entries):
        _, count, _, first, following = struct.unpack_from("<HHIII", data, offset)
        at = offset + first
        for _ in range(count):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, at)
            found.append(_text(data, strings + name))
            at += step
        offset += following
    return found


def _number(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.removeprefix("GLIBC_").split("."))


def _text(data: mmap.mmap, start: int) -> str:
    return data[start : data.find(b"\0", start)].decode()
