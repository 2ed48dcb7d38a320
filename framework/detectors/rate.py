"""Chance: counts against what is usual for their size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Bools, Column, Detector, Floats, Seen, Tables, Verdict
from framework.detectors.counts import Law
from framework.detectors.figures import size_of, verdict
from framework.detectors.words import band, compared, figure, quantity

_BY = Amount(0.0)
_DAY = 86_400_000_000
_TRIALS, _FEW, _MANY = 200.0, 10, 30  # enough: so many trials in a few windows, or many windows
_NOTHING = 1e-9  # a denominator of less is none
_LEFT = 3.0  # windows that are not faded
_BEFORE, _SPREAD = 2.0, 5.0  # windows before the dispersion is measured; measurements until it counts


@dataclass(frozen=True)
class Rate(Detector):
    """`rate: {chance: 0.0001}`: fires when chance alone would hardly ever give a value so far from the usual.

    A KPI that is a ratio is taken as a binomial count, its numerator out of its denominator with the
    `usual` share, or as a Poisson count where that is no share of 1. Any other KPI's value is taken as a
    Poisson count itself, so it should count something. `chance` is that of a false alarm in a window, on
    each side that counts; `by` is the least departure from the usual.

    The tail is bounded by the signed root of the deviance with the count moved by one towards the usual,
    which errs on the side of silence: A. M. Zubkov, A. A. Serov, "A complete proof of universal
    inequalities for the distribution function of the binomial law", Theory Probab. Appl. 57 (2013);
    M. Short, "Improved inequalities for the Poisson and binomial distribution and upper tail quantile
    functions", ISRN Probab. Stat. (2013).

    What is usual is learnt, unless it is given: sums of numerators and denominators that fade with
    `half_life`, and half a success and half a failure more (H. Jeffreys). UNKNOWN until 200 of the
    denominator in 10 windows, or 30 windows, are learnt, and when all of it has faded. Real counts vary
    more than chance: the mean of Pearson's chi-square is learnt too, and where it is above 1 the deviance
    is divided by it and compared with Student's quantile (P. McCullagh, J. A. Nelder, Generalized Linear
    Models, 2nd ed. 1989, ch. 4.5), which makes up for a count per hour, too. A usual share of little data
    adds its own variance.
    `relearn` is for who decides what is usual: an episode longer than that is learnt.
    """

    usual: Amount | None = None
    chance: float = 1e-4
    by: Amount = _BY
    half_life: int = 7 * _DAY
    relearn: int = 2 * _DAY
    name: ClassVar[str] = "rate"
    learned: ClassVar[Mapping[str, Column]] = {
        "count": Column(np.int64, 0),
        "hits": Column(np.float64, 0.0),
        "trials": Column(np.float64, 0.0),
        "windows": Column(np.float64, 0.0),
        "chi": Column(np.float64, 0.0),
        "chi_windows": Column(np.float64, 0.0),
        "at": Column(np.int64, -1),
    }

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        """`usual` share, or count; `doubt`, one by the trials that it rests on; `limit` of the root."""
        faded = self._faded(seen, learned)
        if self.usual is None:
            counted = np.where(faded["windows"] >= _LEFT, learned["count"], 0)
            enough = (counted >= _MANY) | (counted >= _FEW) & self._told(faded)
            usual = np.where(enough, self._learnt(faded), math.nan)
            doubt = np.where(enough, 1 / np.maximum(faded["trials"], 1e-9), math.nan)
        else:
            usual, doubt = np.full(len(seen), self._given(self.usual)), np.zeros(len(seen))
        windows = faded["chi_windows"]
        spread = np.where(windows >= _SPREAD, faded["chi"] / np.maximum(windows, _SPREAD), 1.0)
        normal = max(-NormalDist().inv_cdf(self.chance), 1e-3)
        # Student's quantile, by the first term of its expansion in 1 / degrees of freedom.
        student = normal * (1 + (normal * normal + 1) / (4 * np.maximum(windows, _SPREAD)))
        limit = np.where(spread > 1, np.sqrt(np.maximum(spread, 1.0)) * student, normal)
        return {"usual": usual, "doubt": doubt, "limit": limit}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        count, trials = self._counts(seen)
        usual, side = context["usual"], self.setting.side
        known = seen.known & (trials > _NOTHING) & (count >= 0) & ~np.isnan(seen.value) & (usual > 0)
        count, trials = np.where(known, count, 0.0), np.where(known, trials, 1.0)
        law = self._law(count, trials, np.where(known, usual, 0.5))
        limit = np.where(known, context["limit"], 1.0)
        limit = limit * np.sqrt(1 + trials * np.where(known, context["doubt"], 0.0))
        expected = np.where(known, self._value(law.mean, trials), math.nan)
        by = size_of(self.by, expected)
        # One count nearer to the mean: there the root bounds the tail from above.
        low = -law.root(np.minimum(count + 1, law.mean)) / limit
        high = law.root(np.maximum(count - 1, law.mean)) / limit
        low, high = _least(low, expected - seen.value, by), _least(high, seen.value - expected, by)
        score = {"below": low, "above": high, "outside": np.fmax(low, high)}[side]
        fewer, more = law.at(-limit) - 1, law.at(limit) + 1
        fewer = np.where(fewer >= 0, fewer, math.nan)
        more = np.where(law.binomial & (more > trials), math.nan, more)
        lower = np.minimum(self._value(fewer, trials), expected - by)
        upper = np.maximum(self._value(more, trials), expected + by)
        return verdict(score > 1, known, score, expected, lower, upper)

    def learn(
        self, seen: Seen, context: Mapping[str, Floats], usual: Bools, learned: Arrays, tables: Tables
    ) -> None:
        count, trials = self._counts(seen)
        fit = usual & seen.known & (trials > _NOTHING) & (count >= 0) & ~np.isnan(seen.value)
        count, trials = np.where(fit, count, 0.0), np.where(fit, trials, 1.0)
        faded = self._faded(seen, learned)
        told = fit & (faded["windows"] >= _BEFORE)
        law = self._law(count, trials, np.where(told, self._learnt(faded), 0.5))
        variance = law.mean * np.where(law.binomial, 1 - law.share, 1.0)
        variance *= 1 + trials / np.where(told, faded["trials"], 1.0)
        chi = (count - law.mean) ** 2 / variance
        once, measured = np.ones(len(seen)), np.where(told, 1.0, 0.0)
        news = {"hits": count, "trials": trials, "windows": once}
        news |= {"chi": chi * measured, "chi_windows": measured}
        for name, new in news.items():
            learned[name] = np.where(fit, faded[name] + new, learned[name])
        learned["count"] = learned["count"] + fit
        learned["at"] = np.where(fit, seen.start, learned["at"])

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Rate(Setting("above", 60, 60))
        >>> detector.sentence({"value": 5.2, "expected": 2.13, "lower": 0.8, "upper": 4.1}, "%")
        '5.2% is above the 2.13% usual (band 0.8 to 4.1); by chance, less than once in 10,000 windows'
        """
        value, expected = figures.get("value", math.nan), figures.get("expected", math.nan)
        around = band(figures.get("lower", math.nan), figures.get("upper", math.nan))
        usual = f"{compared(value, expected)} the {quantity(expected, unit)} usual{around}"
        seldom = f"by chance, less than once in {figure(1 / self.chance)} windows"
        return f"{quantity(value, unit)} is {usual}; {seldom}"

    def _counts(self, seen: Seen) -> tuple[Floats, Floats]:
        if self.setting.ratio:
            return seen.numerator, seen.denominator
        return seen.value, np.ones(len(seen))

    def _law(self, count: Floats, trials: Floats, share: Floats) -> Law:
        binomial = (share < 1) & (count <= trials) if self.setting.ratio else np.zeros(len(count), dtype=bool)
        return Law(trials, share, binomial)

    def _value(self, count: Floats, trials: Floats) -> Floats:
        return self.setting.factor * count / trials if self.setting.ratio else count

    def _given(self, usual: Amount) -> float:
        if usual.percent:
            return usual.value / 100
        return usual.value / self.setting.factor if self.setting.ratio else usual.value

    def _faded(self, seen: Seen, learned: Arrays) -> dict[str, Floats]:
        past = np.where(learned["at"] >= 0, np.maximum(seen.start - learned["at"], 0), 0)
        fade = np.exp2(-past / self.half_life)
        return {name: learned[name] * fade for name in ("hits", "trials", "windows", "chi", "chi_windows")}

    def _learnt(self, faded: Mapping[str, Floats]) -> Floats:
        """What is usual; the added halves keep a share off 0 and 1."""
        more = 1.0 if self.setting.ratio else 0.0
        share: Floats = (faded["hits"] + 0.5) / np.maximum(faded["trials"] + more, 1e-9)
        return share

    def _told(self, faded: Mapping[str, Floats]) -> Bools:
        trials: Bools = (faded["trials"] >= _TRIALS) & self.setting.ratio
        return trials


def _least(score: Floats, departure: Floats, by: Floats) -> Floats:
    """The score, but no more than the departure in shares of the least that counts."""
    some = by > 0
    return np.where(some, np.minimum(score, departure / np.where(some, by, 1.0)), score)
