"""Where a checkpoint's objects live: names to bytes, with a create-if-absent."""

from __future__ import annotations

import contextlib
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path


class CheckpointError(Exception):
    """The checkpoint can't be used; the message says why and what to do."""


class AlreadyExists(Exception):
    """A create-if-absent found the name taken."""


class ObjectStore(ABC):
    """A small set of named objects. Implementations are picklable, so that workers can open them.

    Any method may raise `CheckpointError` when what holds the objects is out of reach.
    """

    @abstractmethod
    def create(self, name: str, data: bytes) -> None:
        """Write a new object whole, or raise `AlreadyExists` and change nothing."""

    @abstractmethod
    def put(self, name: str, data: bytes) -> None:
        """Write an object whole, replacing what stood there."""

    @abstractmethod
    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """The object's bytes, or what there is of `length` (1 or more) of them from `start` on.

        Raises `KeyError` when there is no such object.
        """

    @abstractmethod
    def names(self, prefix: str) -> list[str]:
        """The names under a prefix that ends in a slash, sorted."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""

    def delete_many(self, names: Iterable[str]) -> None:
        """Remove objects, in any order; one that is not there is no error."""
        for name in names:
            self.delete(name)


class FolderStore(ObjectStore):
    """Objects as files of a folder. Safe against a kill at any moment, and against a second process.

    `durable` also makes it safe against the machine's own death, at the cost of a sync for each write.
    """

    def __init__(self, root: str | Path, durable: bool = True) -> None:
        self.root = str(root)
        self.durable = durable

    def __str__(self) -> str:
        return self.root

    def create(self, name: str, data: bytes) -> None:
        with self._written(name, data) as temporary:
            try:
                # link() fails when the name exists: the one call that creates a whole file or nothing.
                os.link(temporary, self._path(name))
            except FileExistsError:
                raise AlreadyExists(name) from None
        self._sync_folder(name)

    def put(self, name: str, data: bytes) -> None:
        with self._written(name, data) as temporary:
            temporary.replace(self._path(name))
        self._sync_folder(name)

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        try:
            with open(self._path(name), "rb") as file:
                file.seek(start)
                return file.read(-1 if length is None else length)
        except FileNotFoundError:
            raise KeyError(name) from None

    def names(self, prefix: str) -> list[str]:
        folder = self._path(prefix)
        if not folder.is_dir():
            return []
        found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".tmp-"))
        return sorted(path.relative_to(self.root).as_posix() for path in found)

    def delete(self, name: str) -> None:
        path = self._path(name)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    def _path(self, name: str) -> Path:
        return Path(self.root, name)

    @contextlib.contextmanager
    def _written(self, name: str, data: bytes) -> Iterator[Path]:
        folder = self._path(name).parent
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".tmp-{uuid.uuid4().hex}"
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                if self.durable:
                    os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _sync_folder(self, name: str) -> None:
        if not self.durable:
            return
        handle = os.open(self._path(name).parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
