"""What a figure is made of, against what it is usually made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from framework.detectors.base import Arrays, Bools, Column, Detector, Floats, Seen, Tables, Verdict
from framework.detectors.figures import places, verdict
from framework.detectors.shares import Shares, coded, keep, kept, merged, named
from framework.detectors.words import count, figure, share

_DAY = 86_400_000_000


@dataclass(frozen=True)
class Mix(Detector):
    """`mix: {of: rejections/reason, above: 0.2}`: fires when the parts of a figure shift.

    The shares of the parts in the last `over` windows are compared with the usual ones, whose amounts
    fade with `half_life` (microseconds), by the Kullback-Leibler divergence in nats, with half a unit more
    of each part. Of few units it is too great by (parts - 1) / 2 for each of either side, which is
    subtracted (G. A. Miller, "Note on the bias of information estimates", 1955). It must be above `above`,
    and above what chance gives once in 10,000 windows (the likelihood ratio test, with the chi-square
    quantile of E. B. Wilson, M. M. Hilferty, PNAS 17, 1931). Units that come in bursts of a kind diverge
    more: by how much they usually do is learnt, and both are multiplied by it. UNKNOWN until that was learnt
    in `over` windows, and with an amount of less than `least`, now or usually.

    Shares are taken when the window closes: corrections of its parts are left out. The tables are those of
    `shares.py`. `relearn` is for who decides what is usual: an episode longer than that is learnt.
    """

    of: str = ""
    above: float = 0.2
    least: int = 30
    half_life: int = 7 * _DAY
    over: int = 10
    relearn: int = 2 * _DAY
    name: ClassVar[str] = "mix"
    learned: ClassVar[Mapping[str, Column]] = {
        "settled": Column(np.int64, -1),
        "measured": Column(np.int64, 0),
        "noise": Column(np.float64, 1.0),
    }

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        """`divergence` and what is `needed`, in nats; the `amount`; of the part that grew most the code
        `part`, its `share` and what is its `usual` one; `noise`, by how much more than chance alone the
        parts diverge."""
        number = seen.start // self.setting.every
        parts = seen.parts.get(self.of)
        settled = int(learned["settled"].max(initial=-1))
        if parts is not None:
            keep(tables, coded(seen.row, parts, tables), number, min(number - self.over, settled))
        shares = Shares.of(tables, number, self.over, seen.start, self.half_life)
        known = learned["measured"] >= self.over
        place = places(seen.row, shares.row)
        there = place >= 0
        noise = np.ones(len(place))
        noise[there] = np.where(known, np.maximum(learned["noise"], 1.0), 1.0)[place[there]]
        found = shares.figures(self.above, self.least, noise)
        back = places(shares.row, seen.row)
        context = {
            name: np.where(back >= 0, values[back], math.nan) if len(values) else seen.nan
            for name, values in found.items()
        }
        context["needed"] = np.where(known, context["needed"], math.nan)
        return context

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        divergence, needed = context["divergence"], context["needed"]
        known = seen.known & ~np.isnan(divergence) & ~np.isnan(needed)
        return verdict(divergence > needed, known, divergence / needed, seen.nan, seen.nan, seen.nan)

    def learn(
        self, seen: Seen, context: Mapping[str, Floats], usual: Bools, learned: Arrays, tables: Tables
    ) -> None:
        number = seen.start // self.setting.every
        window = kept(tables, number)
        if window is not None:
            fit = window.filter(pl.col("row").is_in(pl.Series(seen.row[usual & seen.known]).implode()))
            if fit.height:
                tables.put("usual", merged(tables.get("usual"), fit, seen.start, self.half_life))
        learned["settled"] = np.full(len(seen), number)
        noise, measured = context["noise"], learned["measured"]
        told = usual & seen.known & ~np.isnan(noise)
        # The plain mean until there is more of it than the half life holds.
        weight = np.maximum(1 - 0.5 ** (self.setting.every / self.half_life), 1 / (measured + 1))
        away = np.where(told, noise - learned["noise"], 0.0)
        learned["noise"] = learned["noise"] + weight * away
        learned["measured"] = measured + told

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Mix(Setting("above", 60, 60), of="rejections/reason")
        >>> detector.sentence({"share": 0.45, "usual": 0.12, "amount": 120}, "%")
        'one reason is 45% of rejections, usually 12% (of 120 in 10 windows)'
        """
        return self._said(figures, f"one {self.of.partition('/')[2] or 'part'}")

    def reason(self, figures: Mapping[str, float], unit: str, tables: Tables) -> str:
        part = named(tables, figures.get("part", math.nan))
        if part is None:
            return self.sentence(figures, unit)
        return self._said(figures, f"{self.of.partition('/')[2]} {part or 'unknown'}".strip())

    def _said(self, figures: Mapping[str, float], part: str) -> str:
        now, usual = share(figures.get("share", math.nan)), share(figures.get("usual", math.nan))
        amount = f"of {figure(figures.get('amount', math.nan))} in {count(self.over, 'window')}"
        return f"{part} is {now} of {self.of.partition('/')[0]}, usually {usual} ({amount})"
