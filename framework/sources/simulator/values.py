"""Columns of values, drawn as a simulation's definition says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl


@dataclass
class Numbers:
    """Running numbers by field. `tag` stands in all, so that two simulations give different ones."""

    tag: str
    next: dict[str, int] = field(default_factory=dict)

    def draw(self, name: str, prefix: str, count: int) -> pl.Series:
        """The next `count` of a field, as texts."""
        first = self.next.get(name, 0)
        self.next[name] = first + count
        digits = pl.Series(name, np.arange(first, first + count)).cast(pl.String).str.zfill(10)
        return (pl.Series([f"{prefix}{self.tag}-"]).new_from_index(0, count) + digits).alias(name)


def draw(rng: np.random.Generator, spec: Any, name: str, count: int, numbers: Numbers) -> pl.Series:
    """`count` values for a field. `numbers` holds the running numbers, and is moved on."""
    if not isinstance(spec, Mapping):
        return pl.Series(name, [spec]).new_from_index(0, count)
    if "constant" in spec:
        return pl.Series(name, [spec["constant"]]).new_from_index(0, count)
    if "number" in spec:
        return numbers.draw(name, spec["number"], count)
    if "choice" in spec:
        names, weights = list(spec["choice"]), np.array(list(spec["choice"].values()), dtype=float)
        chosen = rng.choice(len(names), size=count, p=weights / weights.sum())
        return pl.Series(name, names).gather(chosen).alias(name)
    if "chance" in spec:
        return pl.Series(name, rng.random(count) < spec["chance"])
    return pl.Series(name, _numbers(rng, spec, count))


def _numbers(rng: np.random.Generator, spec: Mapping[str, Any], count: int) -> np.ndarray[Any, Any]:
    if "normal" in spec:
        mean, deviation = spec["normal"]
        values = np.maximum(rng.normal(mean, deviation, size=count), 0)
    elif "lognormal" in spec:
        median, sigma = spec["lognormal"]
        values = median * np.exp(rng.normal(0, sigma, size=count))
    else:
        low, high = spec.get("uniform", (0, 1))
        values = rng.uniform(low, high, size=count)
    if "between" in spec:
        least, most = spec["between"]
        values = np.clip(values, least, most)
    if spec.get("whole"):
        return np.asarray(np.floor(values), dtype=np.int64)
    return np.asarray(np.round(values, 3))
