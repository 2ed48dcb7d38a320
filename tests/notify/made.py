"""Hand-made transitions, commits that tell them, and waiting for what a thread does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from framework.notify.outbox import put
from framework.notify.transition import Transition
from framework.state import Commit, ObjectStore

AT = 1_790_000_000_000_000


def transition(episode: str = "e1", number: int = 1, **more: Any) -> Transition:
    """A transition; the first of an episode fires."""
    base: dict[str, Any] = {
        "id": episode,
        "transition": "fired" if number == 1 else "escalated",
        "number": number,
        "at": AT + number * 60_000_000,
        "severity": "warning",
        "rule": "slow",
        "message": f"{episode} is slow",
    }
    return Transition(**base | more)


def document(**alert: Any) -> str:
    """An episode's document."""
    return json.dumps(
        {
            "alert": {"start": "2026-09-21T10:00:00Z", "value": 3.5, "reason": "below 4", **alert},
            "kpi": {"name": "speed", "level": "site"},
            "dimensions": {"site": "BER", "open": True, "lane": 7, "zone": None, "my field": "x"},
        }
    )


def commit(
    store: ObjectStore, number: int, transitions: Sequence[Transition], version: int | None = None
) -> Commit:
    """The commit of a tick whose step told these."""
    attempt = f"a{number}"
    return Commit(
        number=number,
        attempt=attempt,
        definitions="d",
        version=time.time_ns() // 1_000_000 if version is None else version,
        started=0,
        outbox=put(store, number, attempt, 0, transitions),
    )


def wait_for(what: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until it is so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.01)
