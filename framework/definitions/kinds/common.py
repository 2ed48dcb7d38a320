"""Pieces that several kinds share."""

from __future__ import annotations

from framework.definitions.spec import DURATION, NAME, Items, Text

NAMED = Text(pattern=NAME, like="a name of letters, digits, _ and - that begins with a letter")
DURATIONS = Text(pattern=DURATION, like="a stretch of time such as 30s, 5m, 1h or 1d")
TEXTS = Items(Text())
