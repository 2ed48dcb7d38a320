"""How many of a key's members have trouble of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.detectors.base import Arrays, Detector, Floats, Seen, Tables, Verdict
from framework.detectors.figures import verdict
from framework.detectors.words import count, figure


@dataclass(frozen=True)
class Members(Detector):
    """`members: {of: some_rule, share: 50%, least: 3}`: fires when the other rule's clause holds for at least
    `least` of its keys that belong to this one, and for that share of them. The value does not matter.

    A window that is judged again sees its members as they were when it closed.
    """

    of: str = ""
    share: float = 0.5
    least: int = 1
    name: ClassVar[str] = "members"

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        members, holding = seen.members.get(self.of, (seen.nan, seen.nan))
        return {"members": members, "holding": holding}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        members, holding = context["members"], context["holding"]
        known = seen.known & (members > 0) & ~np.isnan(holding)
        part = holding / np.where(known, members, 1.0)
        hit = (holding >= self.least) & (part >= self.share)
        score = np.minimum(holding / max(self.least, 1), part / max(self.share, 1e-6))
        return verdict(hit, known, score, seen.nan, seen.nan, seen.nan)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> Members(Setting("below", 60, 60), of="silent").sentence({"members": 10, "holding": 9}, "")
        'silent holds for 9 of 10 members'
        """
        members, holding = figures.get("members", math.nan), figures.get("holding", math.nan)
        return f"{self.of or 'it'} holds for {figure(holding)} of {count(members, 'member')}"
