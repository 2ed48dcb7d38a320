"""Windows in which all is there that any detector asks for, with gaps, silence and unknown figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors import REGISTRY, Detector, Setting
from framework.detectors.base import Parts, Seen
from tests.detectors.shelf import DAY, MINUTE, MONDAY, ratio

PARTS, MEMBERS, GROUP = "rejections/reason", "silent", "site"
A_DAY = 20  # windows of each day
REASONS = np.array(["jam", "no_read", "overweight", ""], dtype=object)
SETTINGS: dict[str, dict[str, Any]] = {
    "threshold": {"below": 1.0, "above": 3.0},
    "seasonal": {"period": "day", "bucket": DAY // 144, "history": 20},
    "peers": {"of": GROUP, "z": 3.0, "below": Amount(70, percent=True)},
    "mix": {"of": PARTS, "least": 10},
    "members": {"of": MEMBERS, "least": 2},
    "no_data": {"after": 2},
    "change": {"ago": 3},
    "residual": {"short": 2, "chance": 0.01},
}
VALUELESS = ("no_data", "members", "mix")  # look at something else than the value


def detector(name: str, side: str = "outside", **more: Any) -> Detector:
    """A detector that has something to do in this world."""
    setting = Setting(side, MINUTE, MINUTE, ratio=True, factor=100.0)  # type: ignore[arg-type]
    return REGISTRY[name](setting, **(SETTINGS.get(name, {}) | more))


def windows(keys: int, count: int, seed: int = 0) -> Iterator[Seen]:
    """`count` windows of a percentage, 20 on each of several days."""
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.01, 0.04, keys)
    group = np.arange(keys) // 6 - 1
    for place in range(count):
        start = MONDAY + place // A_DAY * DAY + place % A_DAY * MINUTE
        trials = rng.poisson(300, keys).astype(float)
        trials[rng.random(keys) < 0.05] = 0
        odd = rng.random(keys) < 0.03
        hits = rng.binomial(trials.astype(int), np.where(odd, 0.2, share)).astype(float)
        amounts = rng.multinomial(hits.astype(int), [0.5, 0.3, 0.15, 0.05])
        if place % 50 > 40:
            amounts = amounts[:, ::-1]
        key, part = np.nonzero(amounts)
        yield ratio(
            hits,
            trials,
            start=start,
            events=trials,
            known=rng.random(keys) > 0.03,
            row=np.arange(keys) * 3 + 1,
            groups={GROUP: group},
            parts={PARTS: Parts(key, REASONS[part], amounts[key, part].astype(float))},
            members={
                MEMBERS: (rng.integers(0, 6, keys).astype(float), rng.integers(0, 4, keys).astype(float))
            },
        )
