"""A transition: what is told of an episode."""

from __future__ import annotations

from typing import Literal

import msgspec

from framework.definitions.rule import Severity

Change = Literal["fired", "escalated", "resolved", "reopened", "withdrawn"]
OVER: tuple[Change, ...] = ("resolved", "withdrawn")  # after these an episode is no longer open


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an episode, `at` microseconds since the epoch.

    `id` is the episode's. `number` grows from one transition of an episode to its next: both together tell
    a transition that comes twice. `severity` is the one from now on, `was` the one before where it is
    another. `document` is the JSON of the episode's document at that moment.
    """

    id: str
    transition: Change
    number: int
    at: int
    severity: Severity
    rule: str
    message: str
    document: str = "{}"
    was: Severity | Literal[""] = ""

    @property
    def key(self) -> str:
        """What no other transition has, the same whenever this one is sent.

        >>> Transition(
        ...     id="e7", transition="fired", number=1, at=0, severity="info", rule="slow", message=""
        ... ).key
        'e7:1'
        """
        return f"{self.id}:{self.number}"

    @property
    def over(self) -> bool:
        """Whether the episode is no longer open."""
        return self.transition in OVER
