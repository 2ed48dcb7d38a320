"""The offset log and the commit log over a store: the one place that says what has been counted."""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path

import msgspec

from framework.state.faults import point
from framework.state.records import Commit, Intent
from framework.state.store import AlreadyExists, FolderStore, ObjectStore

FORMAT = 1
KEPT = 20


class CheckpointError(Exception):
    """The checkpoint can't be used; the message says why and what to do."""


class Fenced(CheckpointError):
    """Another run has written this tick first."""


class _Meta(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    pipeline: str
    partitions: int


class Checkpoint:
    """A run's memory. One run at a time: a second one is told so, or loses at its first write.

    Raises `CheckpointError` when the checkpoint belongs to another pipeline or is held by a live run.
    """

    def __init__(self, store: ObjectStore, pipeline: str, partitions: int = 1) -> None:
        self.store = store
        self._lock: int | None = None
        if isinstance(store, FolderStore):
            self._hold(Path(store.root))
        meta = _Meta(format=FORMAT, pipeline=pipeline, partitions=partitions)
        try:
            store.create("meta.json", msgspec.json.encode(meta))
        except AlreadyExists:
            meta = msgspec.json.decode(store.get("meta.json"), type=_Meta)
        if meta.format != FORMAT or meta.pipeline != pipeline:
            raise CheckpointError(
                f"{store} is the checkpoint of pipeline '{meta.pipeline}' (format {meta.format}), "
                f"not of '{pipeline}' (format {FORMAT}): choose another --checkpoint"
            )
        self.partitions = meta.partitions

    def last_commit(self) -> Commit | None:
        """What stands, or None before the first commit."""
        names = self.store.names("commits/")
        return msgspec.json.decode(self.store.get(names[-1]), type=Commit) if names else None

    def pending(self, after: int) -> Intent | None:
        """The intent that follows commit number `after`, if it was written and not committed."""
        try:
            return msgspec.json.decode(self.store.get(_intent(after + 1)), type=Intent)
        except KeyError:
            return None

    def write_intent(self, intent: Intent) -> None:
        """Name what the tick will count. Raises `Fenced` when another run has done so."""
        point("before_intent", intent.number)
        self._create(_intent(intent.number), msgspec.json.encode(intent), intent.number)
        point("after_intent", intent.number)

    def write_commit(self, commit: Commit) -> None:
        """Make the tick's outcome what stands. Raises `Fenced` when another run has done so."""
        point("before_commit", commit.number)
        self._create(f"commits/{commit.number:010d}.json", msgspec.json.encode(commit), commit.number)
        point("after_commit", commit.number)

    def clean(self, commit: Commit) -> None:
        """Remove the state files that no commit names, and all but the newest intents and commits."""
        named = {segment.name for segments in commit.tables.values() for segment in segments}
        for name in self.store.names("state/"):
            if name not in named:
                self.store.delete(name)
        for folder in ("intents/", "commits/", "attempts/"):
            for name in self.store.names(folder)[:-KEPT]:
                self.store.delete(name)
        point("after_cleanup", commit.number)

    def close(self) -> None:
        """Let go of the checkpoint."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @staticmethod
    def new_attempt() -> str:
        """A name that no other attempt at any tick has."""
        return uuid.uuid4().hex[:12]

    def _create(self, name: str, data: bytes, number: int) -> None:
        try:
            self.store.create(name, data)
        except AlreadyExists:
            raise Fenced(
                f"tick {number} of checkpoint {self.store} was written by another run: this one stops. "
                "Let only one run use a checkpoint"
            ) from None

    def _hold(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(handle, 100).decode(errors="replace").strip() or "another process"
            os.close(handle)
            raise CheckpointError(
                f"checkpoint {root} is in use by {holder}: stop that run, or choose another --checkpoint"
            ) from None
        os.truncate(handle, 0)
        os.write(handle, f"process {os.getpid()}".encode())
        self._lock = handle


def _intent(number: int) -> str:
    return f"intents/{number:010d}.json"
