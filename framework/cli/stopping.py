"""Ctrl-C and SIGTERM as a wish to stop, not as an end in the middle of something."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable


def on_stop(act: Callable[[], None]) -> None:
    """Call `act` at Ctrl-C and at SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: act())


class Stop:
    """Whether the user wants to stop: `asked` turns true at Ctrl-C and at SIGTERM."""

    def __init__(self) -> None:
        self.asked = False
        on_stop(self._ask)

    def rest(self, until: float) -> None:
        """Wait until a moment of the monotonic clock (seconds), or until asked to stop."""
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _ask(self) -> None:
        self.asked = True
