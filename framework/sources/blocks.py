"""A file, plain or gzip, as blocks of whole lines that start at any offset."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from framework.sources.base import SourceError


class Blocks:
    """Reads one file; keeps it open, so that reading on where the last block ended costs nothing extra.

    Offsets count the bytes of the file as unzipped. Raises `SourceError` for a file that can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: BinaryIO | gzip.GzipFile | None = None
        self._reached = 0
        self._tail = b""  # what was read of the bytes before `_reached` and belongs to the next block

    def lines(self, offset: int, size: int) -> bytes:
        """Whole lines from an offset, about `size` bytes and at least one line; nothing at the file's end.

        The file's last line counts as whole without a newline too.
        """
        with self._named():
            data = self._read(offset, size)
            if len(data) < size:
                return data
            while (cut := data.rfind(b"\n")) < 0:
                more = self._read(offset + len(data), len(data))
                if not more:
                    return data
                data += more
            if cut + 1 < len(data):
                self._tail = data[cut + 1 :]
                data = data[: cut + 1]
            return data

    def at_end(self, offset: int) -> bool:
        """Whether nothing is left from an offset."""
        with self._named():
            if self.path.suffix != ".gz":
                size = self.path.stat().st_size
                if size < offset:
                    raise SourceError(shorter(self.path))
                return size == offset
            data = self._read(offset, 1)
            self._tail = data
            return not data

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._reached, self._tail = None, 0, b""

    def _read(self, offset: int, size: int) -> bytes:
        if self.path.suffix != ".gz":
            stream = self._open()
            stream.seek(offset)
            return stream.read(size)
        return self._unzipped(offset, size)

    def _unzipped(self, offset: int, size: int) -> bytes:
        if self._stream is not None and offset < self._reached - len(self._tail):
            self.close()
        stream = self._open()
        begin = self._reached - len(self._tail)
        held = self._tail[offset - begin :]
        self._tail = b""
        if offset > self._reached:
            stream.seek(offset)
            self._reached = offset
        if len(held) > size:
            self._tail = held[size:]
            return held[:size]
        data = stream.read(size - len(held))
        self._reached += len(data)
        return held + data

    def _open(self) -> BinaryIO | gzip.GzipFile:
        if self._stream is None:
            stream = open(self.path, "rb")  # noqa: SIM115 - it stays open from one block to the next
            self._stream = gzip.GzipFile(fileobj=stream) if self.path.suffix == ".gz" else stream
        return self._stream

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(
                f"{self.path} is no whole gzip file ({str(error).rstrip('.')}): "
                "copy it again, or unpack what is readable with `gzip -dc` and use that"
            ) from None
        except OSError as error:
            raise SourceError(f"{self.path} can't be read: {error.strerror or error}") from None


def shorter(path: Path) -> str:
    """The message for a file that has lost what was read of it."""
    return (
        f"{path} is shorter than when it was first read: put it back as it was, or start a new --checkpoint"
    )
