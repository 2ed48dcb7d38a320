"""Newline-delimited JSON in a file or in a folder of files, gzip too: each file a shard.

A position is `offset:line`: the bytes of the (uncompressed) file that are behind, and the lines. A
blank line is no record. A file is taken as finished: its last line counts without a newline too.
"""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from framework.sources.base import Range, RecordBatch, SourceError

SUFFIXES = (".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz")
_BLOCK = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\v\f"


class FileSource:
    """The files of a path. Raises `SourceError` when there are none."""

    def __init__(self, path: str) -> None:
        self._files = _files(Path(path))
        self._blocks = {shard: _Blocks(file) for shard, file in self._files.items()}

    def poll(self, positions: Mapping[str, str], max_records: int) -> list[Range]:
        return [self._next(shard, positions.get(shard) or "0:0", max_records) for shard in self._files]

    def reader(self) -> FileReader:
        return FileReader({shard: str(path) for shard, path in self._files.items()})

    def exhausted(self, positions: Mapping[str, str]) -> bool:
        return all(not self._blocks[shard].at(_place(positions.get(shard) or "0:0")[0]) for shard in self._files)

    def _next(self, shard: str, start: str, most: int) -> Range:
        blocks = self._blocks[shard]
        offset, line = _place(start)
        count = 0
        while count < most and (block := blocks.at(offset)):
            whole = _whole_lines(block, blocks, offset)
            taken, lines, records = _first_records(whole, most - count)
            offset, line, count = offset + taken, line + lines, count + records
        return Range(shard=shard, start=start, end=f"{offset}:{line}", count=count, tip=not blocks.at(offset))


@dataclass(frozen=True)
class FileReader:
    """Reads ranges of files."""

    paths: Mapping[str, str]

    def read(self, wanted: Range, chunk: int) -> Iterator[RecordBatch]:
        offset, line = _place(wanted.start)
        end, _ = _place(wanted.end)
        blocks = _Blocks(Path(self.paths[wanted.shard]))
        payloads: list[bytes] = []
        sequences: list[str] = []
        while offset < end:
            data = _whole_lines(blocks.at(offset)[: end - offset], blocks, offset, end)
            if not data:
                raise SourceError(f"{self.paths[wanted.shard]} is shorter than when it was first read: restore it")
            lines = data.split(b"\n")
            if not lines[-1]:
                lines.pop()
            if offset == 0 and lines and lines[0].startswith(_BOM):
                lines[0] = lines[0][len(_BOM):]
            for number, text in enumerate(lines, line + 1):
                if text and not text.isspace():
                    payloads.append(text)
                    sequences.append(str(number))
            offset, line = offset + len(data), line + len(lines)
            while len(payloads) >= chunk:
                yield RecordBatch(wanted.shard, payloads[:chunk], sequences[:chunk])
                payloads, sequences = payloads[chunk:], sequences[chunk:]
        if payloads:
            yield RecordBatch(wanted.shard, payloads, sequences)


class _Blocks:
    """A file as blocks that start at any offset; the last one is kept, and a gzip stream stays open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._reached = 0
        self._kept = (0, b"")

    def at(self, offset: int) -> bytes:
        """Bytes from an offset: up to a block; none at the end of the file."""
        start, kept = self._kept
        if start <= offset < start + len(kept):
            return kept[offset - start:] if offset > start else kept
        with self._named():
            self._kept = (offset, self._read(offset))
        return self._kept[1]

    def more(self, offset: int, size: int) -> bytes:
        """At least `size` bytes from an offset, where the file has them."""
        with self._named():
            self._kept = (offset, self._read(offset, size))
        return self._kept[1]

    def _read(self, offset: int, size: int = _BLOCK) -> bytes:
        if self._path.suffix == ".gz":
            return self._unzipped(offset, size)
        with open(self._path, "rb") as stream:
            stream.seek(offset)
            return stream.read(size)

    def _unzipped(self, offset: int, size: int) -> bytes:
        if self._stream is None or offset < self._reached:
            self._stream = gzip.open(self._path, "rb")
            self._reached = 0
        self._stream.seek(offset)
        data = self._stream.read(size)
        self._reached = offset + len(data)
        return data

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(f"{self._path} is no whole gzip file ({error}): fetch it again") from None
        except OSError as error:
            raise SourceError(f"{self._path} can't be read: {error.strerror or error}") from None


def _whole_lines(block: bytes, blocks: _Blocks, offset: int, end: int | None = None) -> bytes:
    """The block up to its last newline; more of the file when it has none; all of it at the file's end."""
    if end is not None and len(block) == end - offset:
        return block
    size = len(block)
    while (cut := block.rfind(b"\n")) < 0 or size == 0:
        longer = blocks.more(offset, 2 * max(size, _BLOCK))
        if len(longer) <= size:
            return longer
        block, size = longer, len(longer)
        if end is not None and size >= end - offset:
            return block[: end - offset]
    rest = len(block) - cut - 1
    if rest and not blocks.at(offset + len(block)):
        return block  # the last line of the file, without a newline
    return block[: cut + 1]


def _first_records(data: bytes, most: int) -> tuple[int, int, int]:
    """Bytes, lines and records of the first `most` records of whole lines."""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if lines <= most and not _has_blank(data):
        return len(data), lines, lines
    taken = count = number = 0
    for text in data.split(b"\n"):
        if count == most or taken >= len(data):
            break
        taken += len(text) + 1
        number += 1
        count += bool(text) and not text.isspace()
    return min(taken, len(data)), number, count


def _has_blank(data: bytes) -> bool:
    return data.startswith((b"\n", b"\r", b" ", b"\t")) or b"\n\n" in data or any(
        b"\n" + bytes([space]) in data for space in _SPACE
    )


def _place(position: str) -> tuple[int, int]:
    offset, _, line = position.partition(":")
    return int(offset), int(line or 0)


def _files(path: Path) -> dict[str, Path]:
    if path.is_dir():
        found = {file.name: file for file in sorted(path.iterdir()) if file.is_file() and file.name.endswith(SUFFIXES)}
        if not found:
            raise SourceError(f"{path} has no file with events: put {', '.join(SUFFIXES[:3])} files there, .gz or not")
        return found
    if not path.is_file():
        raise SourceError(f"{path} is not there: give a file of newline-delimited JSON, or a folder of them")
    return {path.name: path}
