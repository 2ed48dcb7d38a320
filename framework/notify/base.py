"""What a receiver is, and how it says that it can't."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from framework.notify.transition import Transition


class ReceiverUnavailable(Exception):
    """A receiver did not take transitions; the message says why. The same may go well later.

    `after` is how many seconds it asked to be left alone for.
    """

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class ReceiverRefused(ReceiverUnavailable):
    """A receiver answers, but does not take these transitions; others it may."""


class NotifyError(Exception):
    """A receiver can't be made from its definition; the message says what to do."""


class Receiver(Protocol):
    """Is told of transitions. Its text is for people, and shows no secret."""

    name: str  # what it is known by in the store and in figures: the same from run to run
    most: int  # transitions at one go

    def send(self, transitions: Sequence[Transition]) -> None:
        """Tell of transitions, oldest first. Raises `ReceiverUnavailable`; some may then have been told."""
