"""Newline-delimited JSON in a file or in a folder of files, gzip too: each file a shard.

A position is `offset:line`: how many bytes of the (unzipped) file and how many of its lines are
behind. A blank line is no record, but it is a line. A file is taken as finished: its last line
counts without a newline too, so write to a file elsewhere and move it here when it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np

from framework.sources.base import Range, RecordBatch, SourceError
from framework.sources.blocks import Blocks, shorter

SUFFIXES = (".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz")
SHARDS = 8  # as many times `max_records` one poll takes of all files together
_BOM = b"\xef\xbb\xbf"
_NEWLINE, _SPACE = 10, 32
_BLOCK = 4 << 20  # bytes at a time
_BLANK = re.compile(rb"\n\s")

_open: dict[str, Blocks] = {}


class FileSource:
    """The files of a path. Raises `SourceError` when there are none."""

    def __init__(self, path: str) -> None:
        self._files = _files(Path(path))
        self._blocks = {shard: Blocks(file) for shard, file in self._files.items()}

    def poll(self, positions: Mapping[str, str], max_records: int) -> list[Range]:
        """The next range of every file; the work is to find where its last record ends."""
        live = [shard for shard in self._files if not self._ended(shard, positions)]
        most = min(max_records, max(1, SHARDS * max_records // max(1, len(live))))
        return [self._next(shard, positions.get(shard) or "0:0", most) for shard in self._files]

    def reader(self) -> FileReader:
        """What reads the ranges."""
        return FileReader({shard: str(path) for shard, path in self._files.items()})

    def exhausted(self, positions: Mapping[str, str]) -> bool:
        """Whether every file is at its end."""
        return all(self._ended(shard, positions) for shard in self._files)

    def _ended(self, shard: str, positions: Mapping[str, str]) -> bool:
        return self._blocks[shard].at_end(_place(positions.get(shard) or "0:0")[0])

    def _next(self, shard: str, start: str, most: int) -> Range:
        blocks = self._blocks[shard]
        offset, line = _place(start)
        count, width = 0, 256
        while count < most and (data := blocks.lines(offset, min(_BLOCK, (most - count) * width))):
            taken, lines, records = _first_records(data, most - count, _begin(data, offset))
            width = 1 + taken // lines
            offset, line, count = offset + taken, line + lines, count + records
        end = f"{offset}:{line}"
        return Range(shard=shard, start=start, end=end, count=count, tip=blocks.at_end(offset))


@dataclass(frozen=True)
class FileReader:
    """Reads ranges of files; a file stays open in this process from one range to the next."""

    paths: Mapping[str, str]

    def read(self, wanted: Range, chunk: int = 65_536) -> Iterator[RecordBatch]:
        """The range's records in order. Raises `SourceError` when the file has become shorter."""
        path = self.paths[wanted.shard]
        blocks = _open.pop(path, None) or Blocks(Path(path))
        offset, line = _place(wanted.start)
        end, _ = _place(wanted.end)
        payloads: list[bytes] = []
        numbers: list[int] = []
        while offset < end:
            data = blocks.lines(offset, _BLOCK)[: end - offset]
            if not data:
                raise SourceError(shorter(Path(path)))
            texts, places, lines = _records(data[_begin(data, offset) :])
            payloads += texts
            numbers += (
                range(line + 1, line + 1 + lines) if places is None else [line + 1 + at for at in places]
            )
            offset, line = offset + len(data), line + lines
            while len(payloads) >= chunk:
                yield RecordBatch(wanted.shard, payloads[:chunk], _Numbers(numbers[:chunk]))
                payloads, numbers = payloads[chunk:], numbers[chunk:]
        if payloads:
            yield RecordBatch(wanted.shard, payloads, _Numbers(numbers))
        if path.endswith(".gz") and path not in _open:
            _open[path] = blocks
        else:
            blocks.close()


def _first_records(data: bytes, most: int, begin: int) -> tuple[int, int, int]:
    """Bytes, lines and records of the first `most` records of whole lines that start at `begin`."""
    if begin == len(data):
        return begin, 1, 0
    values = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(values[begin:] == _NEWLINE) + begin
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data) - 1)
    starts = np.concatenate(([begin], ends[:-1] + 1))
    likely = np.flatnonzero(values[starts] <= _SPACE) if starts[-1] < len(data) else ends[:0]
    blank = [place for place in likely.tolist() if data[starts[place] : ends[place] + 1].isspace()]
    records = len(ends) - len(blank)
    lines = len(ends)
    if records > most:
        lines, records = most, most
        for place in blank:
            if place >= lines:
                break
            lines += 1
    return int(ends[lines - 1]) + 1, lines, records


def _records(data: bytes) -> tuple[list[bytes], list[int] | None, int]:
    """Records of whole lines, their places among the lines (None: no line is blank), and how many lines."""
    if data.find(b"\r") >= 0:
        data = data.replace(b"\r\n", b"\n")
    texts = data.split(b"\n")
    if not texts[-1]:
        texts.pop()
    if not data[:1].isspace() and _BLANK.search(data) is None:
        return texts, None, len(texts)
    places = [place for place, text in enumerate(texts) if text and not text.isspace()]
    return [texts[place] for place in places], places, len(texts)


class _Numbers(Sequence[str]):
    """Line numbers as texts, made only when asked for: nearly all records are good."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return _Numbers(self._numbers[index])
        return str(self._numbers[index])


def _begin(data: bytes, offset: int) -> int:
    return len(_BOM) if offset == 0 and data.startswith(_BOM) else 0


def _place(position: str) -> tuple[int, int]:
    offset, _, line = position.partition(":")
    return int(offset), int(line or 0)


def _files(path: Path) -> dict[str, Path]:
    if path.is_dir():
        found = {
            file.name: file
            for file in sorted(path.iterdir())
            if file.is_file() and file.name.endswith(SUFFIXES)
        }
        if not found:
            raise SourceError(
                f"{path} has no file with events: put {', '.join(SUFFIXES[:3])} files there, .gz or not"
            )
        return found
    if not path.is_file():
        raise SourceError(f"{path} is not there: give a file of newline-delimited JSON, or a folder of them")
    return {path.name: path}
