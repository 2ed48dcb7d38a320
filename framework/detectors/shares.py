"""The shares of a figure's parts: lately, and usually; and how far the ones are from the others.

Tables: `r<i>` has the parts of one window, with its number; `usual` the amounts that fade, each with the time
`at` which it was last added to; `names` the names of the parts. A part goes by a `code` made of its name
alone: it is a figure, and the same in whatever order parts come.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from framework.detectors.base import Floats, Ints, Parts, Tables

_PSEUDO = 0.5  # of each part, so that none is impossible
_QUANTILE = -NormalDist().inv_cdf(1e-4)
_FIXED = 1_000_000  # amounts are added in millionths: exact in any order
_LEAST = 1e-3
_NAMES = {"row": pl.Int64(), "code": pl.Int64(), "part": pl.String()}
_USUAL = {"row": pl.Int64(), "code": pl.Int64(), "n": pl.Float64(), "at": pl.Int64()}


@dataclass(frozen=True)
class Shares:
    """Amounts, one a key and part, key by key: those of the key `row[i]` begin at `first[i]`."""

    row: Ints
    first: Ints
    code: Ints
    lately: Floats
    usual: Floats

    @classmethod
    def of(cls, tables: Tables, number: int, over: int, time: int, half_life: int) -> Shares:
        """Those of the last `over` windows, the last of which has that `number`, and the usual at a time."""
        none = pl.DataFrame(schema=_USUAL)
        recent = [
            window.select("row", "code", "n")
            for _, window in _windows(tables)
            if window.height and number - over < window["window"][0] <= number
        ]
        lately = (
            pl.concat(recent or [none.select("row", "code", pl.col("n").cast(pl.Int64))])
            .group_by("row", "code")
            .agg(pl.col("n").sum() / _FIXED)
        )
        held = tables.get("usual")
        usual = (none if held is None else held).select("row", "code", _faded(time, half_life).alias("usual"))
        both = lately.join(usual, on=["row", "code"], how="full", coalesce=True).fill_null(0.0)
        both = both.sort("row", "code")
        row = both["row"].to_numpy()
        first = np.flatnonzero(np.diff(row, prepend=-1))
        columns = (both[name].to_numpy() for name in ("n", "usual"))
        return cls(row[first], first, both["code"].to_numpy(), *columns)

    def figures(self, above: float, least: int, noise: Floats) -> dict[str, Floats]:
        """For each of `row`, what `Mix.context` tells; NaN with amounts of less than `least`.

        `noise` says by how much more than chance alone the divergence of each usually is.
        """
        size = np.diff(self.first, append=len(self.code))
        now, then = _sums(self.lately, self.first), _sums(self.usual, self.first)
        enough = (now >= least) & (then >= least)
        now_least, then_least = np.maximum(now, _LEAST), np.maximum(then, _LEAST)
        seen = (self.lately + _PSEUDO) / np.repeat(now + _PSEUDO * size, size)
        known = (self.usual + _PSEUDO) / np.repeat(then + _PSEUDO * size, size)
        divergence = _sums(seen * np.log(seen / known), self.first)
        # By chance twice the divergence is a chi-square of size - 1 degrees of freedom by so many units.
        per_unit = (1 / now_least + 1 / then_least) / 2
        free = size - 1
        bias = free * per_unit * noise
        by_chance = _chi_square(free) * per_unit * noise - bias
        growth = self.lately / np.repeat(now_least, size) - self.usual / np.repeat(then_least, size)
        grown = self._greatest(growth, size)
        found = {
            "divergence": np.maximum(divergence - bias, 0.0),
            "needed": np.maximum(by_chance, above),
            "amount": now,
            "part": self.code[grown].astype(np.float64),
            "share": self.lately[grown] / now_least,
            "usual": self.usual[grown] / then_least,
            "noise": np.where(free > 0, divergence / (np.maximum(free, 1) * per_unit), 1.0),
        }
        return {name: np.where(enough, one, math.nan) for name, one in found.items()}

    def _greatest(self, figure: Floats, size: Ints) -> Ints:
        """The place of each key's greatest figure, the first of equals."""
        if not len(size):
            return self.first
        places = np.flatnonzero(figure == np.repeat(np.maximum.reduceat(figure, self.first), size))
        greatest: Ints = places[np.searchsorted(places, self.first)]
        return greatest


def coded(row: Ints, parts: Parts, tables: Tables) -> pl.DataFrame:
    """The parts of a window: row, code and the amount `n` in millionths. Takes note of new names."""
    amount = np.nan_to_num(np.maximum(parts.amount, 0.0), nan=0.0, posinf=0.0)
    named = pl.Series("part", parts.part.tolist(), dtype=pl.String, strict=False).fill_null("")
    names = pl.DataFrame({"row": -1, "code": 0, "part": named.unique()}, schema=_NAMES)
    names = names.with_columns(code=pl.Series([_code(name) for name in names["part"]], dtype=pl.Int64))
    held = tables.get("names")
    new = names if held is None else names.join(held, on="code", how="anti")
    if new.height:
        tables.put("names", (new if held is None else pl.concat([held, new])).sort("code"))
    frame = pl.DataFrame(
        {"row": row[parts.key], "part": named, "n": np.rint(amount * _FIXED).astype(np.int64)},
        schema_overrides={"row": pl.Int64},
    )
    return (
        frame.filter(pl.col("n") > 0)
        .join(names.select("code", "part"), on="part")
        .group_by("row", "code")
        .agg(pl.col("n").sum())
        .sort("row", "code")
    )


def keep(tables: Tables, window: pl.DataFrame, number: int, over: int) -> None:
    """Keep the parts of a window, instead of those of one up to the number `over`, if there is one."""
    held = list(_windows(tables))
    free = (
        place
        for place, table in held
        if not table.height or table["window"][0] <= over or table["window"][0] == number
    )
    tables.put(f"r{next(free, len(held))}", window.with_columns(window=pl.lit(number, pl.Int64)))


def kept(tables: Tables, number: int) -> pl.DataFrame | None:
    """The parts of the window of a number, where they are still kept."""
    return next((held for _, held in _windows(tables) if held.height and held["window"][0] == number), None)


def merged(usual: pl.DataFrame | None, window: pl.DataFrame, time: int, half_life: int) -> pl.DataFrame:
    """The usual amounts with those of a window, which ends the fading of what it adds to."""
    held = pl.DataFrame(schema=_USUAL) if usual is None else usual
    new = window.select("row", "code", pl.col("n").truediv(_FIXED).alias("new"))
    both = held.join(new, on=["row", "code"], how="full", coalesce=True)
    left, added = _faded(time, half_life), pl.col("new").is_not_null()
    total = pl.when(added).then(left.fill_null(0.0) + pl.col("new")).otherwise(pl.col("n"))
    at = pl.when(added).then(pl.lit(time, pl.Int64)).otherwise(pl.col("at"))
    return both.filter(added | (left > 0)).select("row", "code", total.alias("n"), at.alias("at"))


def named(tables: Tables, code: float) -> str | None:
    """The name of the part with a code."""
    names = tables.get("names")
    if names is None or math.isnan(code):
        return None
    found = names.filter(pl.col("code") == int(code))["part"]
    return str(found[0]) if len(found) else None


def _sums(figure: Floats, first: Ints) -> Floats:
    """The sums of stretches that begin at `first`."""
    sums: Floats = np.add.reduceat(figure, first) if len(first) else np.zeros(0)
    return sums


def _windows(tables: Tables) -> Iterator[tuple[int, pl.DataFrame]]:
    place = 0
    while (held := tables.get(f"r{place}")) is not None:
        yield place, held
        place += 1


def _code(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")  # a float holds 48 bits


def _faded(time: pl.Expr | int, half_life: int) -> pl.Expr:
    """What amounts come to at a time; nothing once they are tiny."""
    past = (time - pl.col("at")).clip(lower_bound=0)
    left = pl.col("n") * pl.lit(0.5).pow(past / half_life)
    return pl.when(left < _LEAST).then(0.0).otherwise(left)


def _chi_square(degrees: Ints) -> Floats:
    """The quantile that chance exceeds once in 10,000 times; 0 of no degree of freedom."""
    part = 2 / (9 * np.maximum(degrees, 1))
    quantile: Floats = np.maximum(degrees, 1) * (1 - part + _QUANTILE * np.sqrt(part)) ** 3
    return np.where(degrees > 0, quantile, 0.0)
