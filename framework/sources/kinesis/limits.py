"""A shard's limits, kept to by waiting before a call instead of being refused after it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

CALLS = 5  # GetRecords a second
BYTES = 2_000_000  # a second


class Limit:
    """What one shard allows in this process: calls in any second, and bytes on average.

    >>> limit = Limit(clock=lambda: 100.0)
    >>> limit.delay()
    0.0
    >>> limit.spend(6_000_000)
    >>> limit.delay()
    3.0
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: deque[float] = deque(maxlen=CALLS)
        self._free = 0.0
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until the next call may be made; at 0 the call is counted as made."""
        with self._lock:
            now = self._clock()
            oldest = self._calls[0] + 1.0 if len(self._calls) == CALLS else now
            wait = max(0.0, oldest - now, self._free - now)
            if not wait:
                self._calls.append(now)
            return wait

    def spend(self, size: int) -> None:
        """Count the bytes of an answer."""
        with self._lock:
            self._free = max(self._free, self._clock()) + size / BYTES


_limits: dict[tuple[object, str], Limit] = {}


def limit_of(stream: object, shard: str) -> Limit:
    """The one limit of a shard in this process, whoever reads it."""
    return _limits.setdefault((stream, shard), Limit())
