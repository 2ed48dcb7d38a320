"""Fetches a shard ahead of what is asked for, on a thread of its own."""

from __future__ import annotations

import threading

from framework.sources.base import Range
from framework.sources.kinesis.records import Records, base
from framework.sources.kinesis.shard import AT_SEQUENCE, Shard

# So many shards are fetched at a time: more would only wait for one another.
_working = threading.Semaphore(16)


class Ahead:
    """A shard with what has been fetched of it and not yet handed out.

    `position` is where the next range starts. A thread runs from `start` until the shard is at its
    tip or closed, or until enough is held: then it ends, so that nothing is fetched that nobody wants.
    """

    def __init__(self, shard: Shard) -> None:
        self.position = shard.position
        self._shard = shard
        self._held = Records()
        self._tip = self._closed = False  # of the shard, as of what is held
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()
        self._stopped = False
        self._error: Exception | None = None

    def start(self, records: int, size: int) -> None:
        """Begin to fetch until so many records or bytes are held, if that is not under way."""
        if self._done.is_set() and not self._stopped:
            self._done.clear()
            threading.Thread(target=self._fill, args=(records, size), daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for the thread's end, no longer than so many seconds."""
        self._done.wait(max(0.0, seconds))

    def stop(self) -> None:
        """Fetch no more."""
        self._stopped = True

    def take(self, most: int) -> tuple[Range, Records]:
        """The next range with its records. Raises what the thread met."""
        with self._lock:
            if self._error is not None:
                raise self._error
            records = self._held.first(most)
            start = self.position
            if records:
                # Named by its first record, so that it reads the same when older ones are gone.
                if not start.isdigit():
                    start = AT_SEQUENCE + base(records.sequences[0])
                self.position = base(records.sequences[-1])
            rest = len(self._held)
            wanted = Range(
                shard=self._shard.shard,
                start=start,
                end=self.position,
                count=len(records),
                tip=self._tip and not rest,
                closed=self._closed and not rest,
            )
        return wanted, records

    @property
    def behind(self) -> bool:
        """Whether more is known to wait in the stream."""
        return not self._tip

    def _fill(self, records: int, size: int) -> None:
        try:
            with _working:
                while not self._stopped and len(self._held) < records and self._held.size < size:
                    fetched = self._shard.fetch()
                    with self._lock:
                        self._held.extend(fetched)
                        self._tip, self._closed = self._shard.tip, self._shard.closed
                    if self._tip:
                        return
        except Exception as error:  # handed to whoever asks for records
            self._error = error
        finally:
            self._done.set()
