"""The driver's side of notifications: takes commits, and sends what they tell in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from framework.notify.base import Receiver
from framework.notify.delivery import FIRST_WAIT, Delivery, Figures
from framework.notify.queue import LONGEST, MOST, Queue
from framework.notify.transition import Transition
from framework.state import Commit, ObjectStore

PATIENCE = 5.0  # seconds at the end of a run
_LOOK = 0.02  # seconds between looks at what is left

log = logging.getLogger("sortline.notify")

Channel = tuple[Receiver, Callable[[Transition], bool]]


class Sender:
    """Sends the transitions that a store's commits name to receivers, each with the test of what it wants.

    Each receiver has a thread of its own, so that none waits for another, and no tick for any. With no
    receivers, what is committed is told to nobody, and what waits from earlier runs goes on waiting.
    `patience` is for how many seconds the end of a run waits for them.
    """

    def __init__(
        self,
        store: ObjectStore,
        channels: Sequence[Channel] = (),
        *,
        patience: float = PATIENCE,
        first_wait: float = FIRST_WAIT,
        most: int = MOST,
        longest: int = LONGEST,
    ) -> None:
        names = [receiver.name for receiver, _ in channels]
        self._queue = Queue(store, names, most=most, longest=longest)
        self._deliveries = [
            Delivery(receiver, self._queue, wants, first_wait=first_wait) for receiver, wants in channels
        ]
        self.patience, self._began = patience, False

    def begin(self, commit: Commit) -> None:
        """Take up what earlier runs left; `commit` is the last that stands. Raises `CheckpointError`."""
        self._queue.begin(commit)
        self._began = True
        for delivery in self._deliveries:
            delivery.start()

    def committed(self, commit: Commit) -> None:
        """Keep what a commit tells, for sending. Raises `CheckpointError`."""
        self._queue.committed(commit)

    def close(self) -> None:
        """Send what can be sent in the time there is; the rest waits for the next run."""
        self._queue.end()
        began = time.monotonic()
        for delivery in self._deliveries:
            delivery.hurry()
        while self._began and any(not delivery.over for delivery in self._deliveries):
            if time.monotonic() - began > self.patience:
                break
            time.sleep(_LOOK)
        self._queue.close()
        for delivery in self._deliveries:
            delivery.abandon()
            if self._began and (waiting := delivery.figures().waiting):
                log.warning("%d notifications for %s wait for the next run", waiting, delivery.receiver)

    def hasten(self) -> None:
        """Wait no longer than usual at the end."""
        self.patience = min(self.patience, PATIENCE)

    def figures(self) -> list[Figures]:
        """How each receiver stands."""
        return [delivery.figures() for delivery in self._deliveries]
