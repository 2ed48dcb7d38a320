"""The offset log and the commit log over a store: the one place that says what has been counted."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import uuid
from pathlib import Path

import msgspec

from framework.state.faults import point
from framework.state.records import Commit, Intent
from framework.state.store import AlreadyExists, CheckpointError, FolderStore, ObjectStore

FORMAT = 2
EARLIER = 1  # each segment of the state had an object of its own
KEPT = 20  # intents, commits and reports
SWEEP = 50  # ticks from one listing of everything to the next


class Fenced(CheckpointError):
    """Another run has written this tick first."""


class _Planned(msgspec.Struct, frozen=True):
    """What intents and commits say alike: the hash of the definitions they were made under."""

    definitions: str


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
            for _ in range(2):
                store.create("meta.json", msgspec.json.encode(meta))
            raise CheckpointError(
                f"{store} lets a name be created twice, so it can't keep two runs apart: "
                "choose a --checkpoint whose service has conditional writes"
            )
        except AlreadyExists:
            meta = msgspec.json.decode(store.get("meta.json"), type=_Meta)
        if meta.format not in (EARLIER, FORMAT) or meta.pipeline != pipeline:
            raise CheckpointError(
                f"{store} is the checkpoint of pipeline '{meta.pipeline}' (format {meta.format}), "
                f"not of '{pipeline}' (format {FORMAT}): choose another --checkpoint"
            )
        if meta.format == EARLIER:
            # Whoever knows only the earlier format would misread what is written from here on.
            store.put("meta.json", msgspec.json.encode(msgspec.structs.replace(meta, format=FORMAT)))
        self.partitions = meta.partitions
        self._cleaned: Commit | None = None
        self._plans = store.names("plans/")  # of earlier runs

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
        self._create(_commit(commit.number), msgspec.json.encode(commit), commit.number)
        point("after_commit", commit.number)

    def clean(self, commit: Commit, definitions: str = "") -> None:
        """Remove what is no longer needed now that a commit stands.

        Most times that is what the commit replaced, which needs no look at the store. After a run's
        first commit, its last, and every `SWEEP` ticks it is all that nothing names: files of attempts
        that were killed, also those written late, and the plans of earlier definitions. `definitions`
        is the hash of those that the run goes on with.
        """
        before, self._cleaned = self._cleaned, commit
        if before is None or commit.ended or commit.number % SWEEP == 0:
            self.store.delete_many([*self._unnamed(commit), *self._old_plans(commit, definitions)])
        else:
            old = commit.number - KEPT
            replaced = before.files - commit.files
            self.store.delete_many([*sorted(replaced), *([_intent(old), _commit(old)] if old > 0 else ())])
        point("after_cleanup", commit.number)

    def close(self) -> None:
        """Let go of the checkpoint."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @staticmethod
    def read(store: ObjectStore, number: int) -> tuple[Intent, Commit]:
        """Intent `number` and the commit before it, for any process. Raises `CheckpointError`."""
        try:
            intent = msgspec.json.decode(store.get(_intent(number)), type=Intent)
            if number == 1:
                return intent, Commit.nothing(intent.definitions)
            return intent, msgspec.json.decode(store.get(_commit(number - 1)), type=Commit)
        except KeyError as error:
            raise CheckpointError(
                f"checkpoint {store} has no {error.args[0]} any more: another run has gone on from it"
            ) from None

    @staticmethod
    def new_attempt() -> str:
        """A name that no other attempt at any tick has."""
        return uuid.uuid4().hex[:12]

    def _create(self, name: str, data: bytes, number: int) -> None:
        try:
            self.store.create(name, data)
            # The name is free again when another run has gone past it, and cleaned up, meanwhile.
            passed = self.store.names("commits/")[-1:] > [_commit(number)]
        except AlreadyExists:
            passed = True
        if passed:
            raise Fenced(
                f"tick {number} of checkpoint {self.store} was written by another run: this one stops. "
                "Let only one run use a checkpoint"
            )

    def _unnamed(self, commit: Commit) -> list[str]:
        """State files that the commit does not name, and what is older than the newest of the log.

        Only of ticks up to the commit: later ones may belong to a run that has taken over.
        """
        files = [
            name
            for name in self.store.names("state/")
            if name not in commit.files and _number(name) <= commit.number
        ]
        log = [name for folder in ("intents/", "commits/", "attempts/") for name in self.store.names(folder)]
        return files + [name for name in log if _number(name) <= commit.number - KEPT]

    def _old_plans(self, commit: Commit, definitions: str) -> list[str]:
        """The plans of earlier runs that neither the run nor any intent or commit kept can ask for."""
        named = {definitions, commit.definitions}
        if all(_digest(name) in named for name in self._plans):
            return []
        for name in [*self.store.names("intents/"), *self.store.names("commits/")]:
            if _number(name) > commit.number - KEPT:
                # A run that has taken over may remove it at this moment.
                with contextlib.suppress(KeyError):
                    named.add(msgspec.json.decode(self.store.get(name), type=_Planned).definitions)
        old = [name for name in self._plans if _digest(name) not in named]
        self._plans = [name for name in self._plans if name not in old]
        return old

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


def _commit(number: int) -> str:
    return f"commits/{number:010d}.json"


def _number(name: str) -> float:
    """The tick of an object; endless for what no tick has written, which is never removed."""
    found = re.match(r"[a-z]+/(\d+)", name)
    return int(found[1]) if found else float("inf")


def _digest(plan: str) -> str:
    return Path(plan).stem
