"""Quantile sketches of many keys in a long table, and how many windows each has seen.

Two tables: `bins` with row, bin and weight `n`, in that order; `keys` with row, the turn of the last
merge, and the numbers of `turns` and `windows` merged, in the order of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from framework.aggregates.bins import TYPE, bin_of, lower, middle, upper
from framework.detectors.base import Floats, Ints
from framework.detectors.figures import places

_MOST_BINS = 400  # a key
_LEAST_WEIGHT = 0.01
_BITS = 32  # of a code that are the bin, moved up by half of its range
_HALF, _MASK = 1 << (_BITS - 1), (1 << _BITS) - 1
_LIVES = 4  # half lives until a key that no longer comes is forgotten
BINS = {"row": pl.Int64(), "bin": TYPE, "n": pl.Float32()}
KEYS = {"row": pl.Int64(), "turn": pl.Int64(), "turns": pl.Int64(), "windows": pl.Int64()}


@dataclass(frozen=True)
class Sketches:
    """The sketches of a bucket."""

    bins: pl.DataFrame
    keys: pl.DataFrame

    @classmethod
    def of(cls, bins: pl.DataFrame | None, keys: pl.DataFrame | None) -> Sketches:
        """Those of two tables; empty where they are not there yet."""
        if bins is None or keys is None:
            return cls(pl.DataFrame(schema=BINS), pl.DataFrame(schema=KEYS))
        return cls(bins, keys)

    def merge(self, row: Ints, values: Floats, windows: Ints, turn: int, half_life: float) -> Sketches:
        """The sketches with new values: of the key `row[i]` the first `windows[i]` of `values[i]`.

        `half_life` is in turns. What a key had before weighs less by the turns since its last merge.
        """
        new, count = _counted(row, values, windows)
        code = np.concatenate([_code(self.bins["row"].to_numpy(), self.bins["bin"].to_numpy()), new])
        order = np.argsort(code, kind="stable")  # of two sorted runs: no more than a merge
        code, weight = code[order], np.concatenate([self._faded(row, turn, half_life), count])[order]
        first = np.flatnonzero(np.diff(code, prepend=-1))
        bins = pl.DataFrame(
            {
                "row": code[first] >> _BITS,
                "bin": (code[first] & _MASK) - _HALF,
                "n": np.add.reduceat(weight, first) if len(first) else weight,
            },
            schema=BINS,
        ).filter(pl.col("n") >= _LEAST_WEIGHT)
        once = pl.DataFrame({"row": row, "turn": turn, "turns": 1, "windows": windows}, schema=KEYS)
        keys = (
            pl.concat([self.keys, once])
            .group_by("row")
            .agg(pl.col("turn").max(), _turns(), pl.col("windows").sum())
            .filter(pl.col("turn") >= turn - _LIVES * half_life)
            .sort("row")
        )
        bins = _heaviest(bins.join(keys, on="row", how="semi", maintain_order="left"))
        return Sketches(bins, keys)

    def _faded(self, row: Ints, turn: int, half_life: float) -> Floats:
        known, held = self.keys["row"].to_numpy(), self.bins["row"].to_numpy()
        since = np.where(np.isin(known, row), np.maximum(turn - self.keys["turn"].to_numpy(), 0), 0)
        faded: Floats = np.exp2(-since / half_life)[np.searchsorted(known, held)] * self.bins["n"].to_numpy()
        return faded

    def bands(self, row: Ints, least: int, low: float, high: float) -> tuple[Floats, Floats, Floats]:
        """The median and the quantiles `low` and `high` of the keys `row`; NaN of fewer than `least` windows.

        The quantiles are the outer bounds of their bins, so a value that always was the same is inside.
        Where there are too few windows for a quantile, their extreme stands for the quantile that it is
        of so many, and its distance from the median is stretched as in a normal law. The windows of one
        turn are alike, and tell little of how turns differ: bounds are twice as far after one turn, half
        as far again after two, and so on.
        """
        median, bottom, top = (np.full(len(row), math.nan) for _ in range(3))
        if not len(self.keys):
            return median, bottom, top
        place = places(self.keys["row"].to_numpy(), row)
        enough = np.flatnonzero((place >= 0) & (self.keys["windows"].to_numpy()[place] >= least))
        held = self.bins["row"].to_numpy()
        first = np.searchsorted(held, row[enough], side="left")
        size = np.searchsorted(held, row[enough], side="right") - first
        enough, first, size = (array[size > 0] for array in (enough, first, size))
        if not len(enough):
            return median, bottom, top
        ladder = np.arange(size.max())
        there = ladder < size[:, None]
        at = np.minimum(first[:, None] + ladder, len(held) - 1)
        weight = np.where(there, self.bins["n"].to_numpy().astype(np.float64)[at], 0.0)
        upto = np.cumsum(weight, axis=1)
        total = upto[:, -1]
        half = np.argmax(upto >= 0.5 * total[:, None], axis=1)
        lowest = np.argmax(upto >= low * total[:, None], axis=1)
        highest = np.count_nonzero((upto - weight <= high * total[:, None]) & there, axis=1) - 1
        chosen = self.bins[first + half], self.bins[first + lowest], self.bins[first + highest]
        middles, bottoms, tops = (
            frame.select(bound(pl.col("bin"))).to_series().to_numpy()
            for frame, bound in zip(chosen, (middle, lower, upper), strict=True)
        )
        caution = 1 + 1 / self.keys["turns"].to_numpy()[place[enough]]
        median[enough] = middles
        bottom[enough] = middles + (bottoms - middles) * (_stretch(low, total) * caution)
        top[enough] = middles + (tops - middles) * (_stretch(1 - high, total) * caution)
        return median, bottom, top


def _code(row: Ints, bins: Ints) -> Ints:
    """Row and bin in one number, of the same order."""
    return (row << _BITS) + bins.astype(np.int64) + _HALF


def _counted(row: Ints, values: Floats, windows: Ints) -> tuple[Ints, Floats]:
    """The codes of the values' bins, in order, and how many values each has."""
    by_row = np.argsort(row)
    found = np.arange(values.shape[1]) < windows[by_row, None]
    bins = np.full(values.shape, _MASK - _HALF, dtype=np.int64)  # what is not there comes last
    bins[found] = pl.select(bin_of(pl.lit(pl.Series(values[by_row][found])))).to_series().to_numpy()
    bins.sort(axis=1)
    code = _code(row[by_row, None], bins)[found]
    first = np.flatnonzero(np.diff(code, prepend=-1))
    return code[first], np.diff(first, append=len(code)).astype(np.float64)


def _turns() -> pl.Expr:
    """A turn that comes in two merges is one."""
    again = (pl.len() > 1) & (pl.col("turn").min() == pl.col("turn").max())
    return (pl.col("turns").sum() - again.cast(pl.Int64)).alias("turns")


def _stretch(tail: float, total: Floats) -> Floats:
    """How much further from the median a tail's quantile is than the extreme of `total` values, if normal."""
    if tail <= 0:
        return np.ones(len(total))
    extreme = 1 / (np.maximum(total, 1.0) + 1)
    factor: Floats = np.maximum(-NormalDist().inv_cdf(tail) / _normal(extreme), 1.0)
    return factor


def _normal(tail: Floats) -> Floats:
    """The normal quantile of a tail up to 0.5, within 0.00045: Abramowitz and Stegun, formula 26.2.23."""
    t = np.sqrt(-2 * np.log(tail))
    over = 2.515517 + t * (0.802853 + t * 0.010328)
    under = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    quantile: Floats = np.maximum(t - over / under, 0.1)
    return quantile


def _heaviest(bins: pl.DataFrame) -> pl.DataFrame:
    """The bins without the lightest of a key that has too many."""
    sizes = bins.group_by("row").len()
    if sizes.is_empty() or int(sizes["len"].max() or 0) <= _MOST_BINS:  # type: ignore[arg-type]
        return bins
    return (
        bins.sort("row", "n", "bin", descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .head(_MOST_BINS)
        .sort("row", "bin")
    )
