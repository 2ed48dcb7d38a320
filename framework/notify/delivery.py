"""The way from the queue to one receiver: a thread of its own, which tries until it goes well."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from framework.notify.base import Receiver, ReceiverRefused, ReceiverUnavailable
from framework.notify.queue import Queue, Taken
from framework.notify.transition import Transition

FIRST_WAIT, LAST_WAIT, LONGEST_WAIT = 0.5, 60.0, 600.0  # seconds: doubled from try to try; as asked, at most

log = logging.getLogger("sortline.notify")


@dataclass(frozen=True)
class Figures:
    """What a receiver was sent since the run began, and what waits for it; `age` in seconds."""

    receiver: str
    sent: int
    failed: int
    refused: int
    dropped: int
    waiting: int
    age: float


class Delivery:
    """Sends one receiver what it wants, in order, at least once.

    A batch that can't be sent is sent again, after waits that double, with jitter. One that is refused is
    sent one by one: those still refused are passed over if any was taken, since then the fault is
    theirs. An outage is told once, and its end.
    """

    def __init__(
        self,
        receiver: Receiver,
        queue: Queue,
        wants: Callable[[Transition], bool] = lambda transition: True,
        *,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.receiver, self._queue, self._wants = receiver, queue, wants
        self._first_wait = first_wait
        self._sent = self._failed = self._refused = 0
        self._outage = 0  # tries in it
        self._lost = 0  # dropped before it
        self._over = self._ending = False
        self._wake = threading.Event()
        # Whoever hangs must not keep the process from its end.
        self._thread = threading.Thread(target=self._run, name=f"notify {receiver.name}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it came to its end, with that of the queue."""
        return not self._thread.is_alive()

    def hurry(self) -> None:
        """The run ends: try now, and wait no longer than a second."""
        self._ending = True
        self._wake.set()

    def abandon(self) -> None:
        """Try no more."""
        self._over = True
        self._wake.set()

    def figures(self) -> Figures:
        """How it stands."""
        name = self.receiver.name
        waiting, age = self._queue.waiting(name)
        dropped = self._queue.dropped[name]
        return Figures(name, self._sent, self._failed, self._refused, dropped, waiting, age)

    def _run(self) -> None:
        name, most = self.receiver.name, self.receiver.most
        while not self._over and self._queue.wait(name):
            try:
                taken = self._queue.take(name, most, self._wants)
                if taken is not None:
                    self._send(taken)
            except ReceiverUnavailable as error:
                self._rest(str(error), error.after)
            except Exception as error:  # whatever it is, it may pass, and nobody else sends these
                self._rest(f"{self.receiver}: {type(error).__name__}: {error}")

    def _send(self, taken: Taken) -> None:
        refused: list[tuple[Transition, ReceiverRefused]] = []
        try:
            if taken.transitions:
                self.receiver.send(taken.transitions)
        except ReceiverRefused as error:
            refused = self._one_by_one(taken.transitions, error)
        self._refused += len(refused)
        self._sent += len(taken.transitions) - len(refused)
        for transition, its in refused:
            log.error("%s; notification %s is passed over", its, transition.key)
        if taken.transitions and self._outage:
            lost = self._queue.dropped[self.receiver.name] - self._lost
            more = f"; {lost} were dropped meanwhile" if lost else ""
            log.warning("%s takes notifications again%s", self.receiver, more)
            self._outage = 0
        self._queue.acknowledge(self.receiver.name, taken.after, lasting=bool(taken.transitions))

    def _one_by_one(
        self, transitions: list[Transition], error: ReceiverRefused
    ) -> list[tuple[Transition, ReceiverRefused]]:
        refused = []
        for transition in transitions if len(transitions) > 1 else ():
            try:
                self.receiver.send([transition])
            except ReceiverRefused as its:
                refused.append((transition, its))
        if len(transitions) in (1, len(refused)):
            raise error
        return refused

    def _rest(self, why: str, asked: float = 0.0) -> None:
        self._failed += 1
        if not self._outage:
            self._lost = self._queue.dropped[self.receiver.name]
            waiting, _ = self._queue.waiting(self.receiver.name)
            log.warning("%s; trying again, %d notifications wait", why, waiting)
        wait = min(self._first_wait * 2 ** min(self._outage, 20), LAST_WAIT) * (0.5 + random.random())
        self._outage += 1
        self._wake.wait(max(min(wait, 1.0) if self._ending else wait, min(asked, LONGEST_WAIT)))
        self._wake.clear()
