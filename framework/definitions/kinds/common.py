"""Pieces that several kinds share."""

from __future__ import annotations

from framework.definitions.spec import DURATION, NAME, Items, Quantity, Text

NAMED = Text(pattern=NAME, like="a name of letters, digits, _ and - that begins with a letter")
DURATIONS = Text(pattern=DURATION, like="a stretch of time such as 30s, 5m, 1h or 1d")
WINDOWS = Text(
    pattern=r"^([0-9]+ windows?|[0-9]+(ms|s|m|h|d))$",
    like="a number of windows or a stretch of time, such as 3 windows or 5m",
)
AMOUNT = Quantity()
LEAST = Quantity(least=0, like="a number or a share such as 5%, not below 0")
SHARE = Quantity(least=0, most=1, like="a share such as 50%")
TEXTS = Items(Text())
