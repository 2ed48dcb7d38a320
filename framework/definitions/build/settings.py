"""Whether the settings of a rule's detectors make sense by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from framework.definitions.build.figures import Figures
from framework.definitions.convert import Path
from framework.definitions.durations import DAY, shown
from framework.definitions.rule import Amount, Leaf

_MOST_AGO = 1_500
_MOST_WINDOWS = 10_000
_FEWEST = 10  # a half life of fewer windows would follow every anomaly at once


def check_settings(figures: Figures, size: int, leaf: Leaf, path: Path, sure: bool) -> None:
    """The settings of the detector at a path.

    `size` is the window's, in microseconds; `sure` tells that no setting was left out for a mistake.
    """
    if leaf.detector in _CHECKS:
        _CHECKS[leaf.detector](_Check(figures, size, path, leaf.settings, sure))


@dataclass(frozen=True)
class _Check:
    figures: Figures
    size: int
    path: Path
    settings: Any
    sure: bool

    def add(self, name: str, code: str, message: str, hint: str = "") -> None:
        """A problem with a setting; with the detector where the setting is not in the file."""
        converted = self.figures.converted
        path = (*self.path, name) if name else self.path
        at = converted.values.get(path) if name else None
        self.figures.gather.add(at or converted.key(*self.path), code, message, hint)

    def threshold(self) -> None:
        below, above = self.settings["below"], self.settings["above"]
        self.bounds("below", "above")
        if below is not None and above is not None and below >= above:
            message = f"every value is below {below:g} or above {above:g}"
            self.add("above", "rule/thresholds", message, f"write above: {below:g}, below: {above:g}")

    def peers(self) -> None:
        below, above = self.settings["below"], self.settings["above"]
        self.bounds("below", "above", "z")
        for name, amount, wrong in (("below", below, 1), ("above", above, -1)):
            if amount is not None and amount.percent and (amount.value - 100) * wrong > 0:
                message = f"half of all peers are always {name} {amount.value:g}% of their median"
                self.add(
                    name, "rule/thresholds", message, f"write {'less' if wrong > 0 else 'more'} than 100%"
                )
                return
        if _ordered(below, above):
            message = f"every value is below {below.value:g} or above {above.value:g}"
            self.add("above", "rule/thresholds", message, "write the smaller one for `below`")

    def bounds(self, *names: str) -> None:
        if self.sure and all(self.settings[name] is None for name in names):
            hint = f"write one of {', '.join(names)}"
            self.add("", "rule/no-bound", f"'{self.path[-1]}' has nothing that it fires at", hint)

    def change(self) -> None:
        if self.settings["ago"] > _MOST_AGO:
            message = f"{self.settings['ago']:,} windows ago is too long ago"
            self.add("ago", "rule/too-long", message, f"the most is {_MOST_AGO:,} windows")

    def seasonal(self) -> None:
        low, high, bucket = self.settings["low"], self.settings["high"], self.settings["bucket"]
        if not 0 < low < high < 1:
            message = f"nothing lies between the percentiles {low * 100:g} and {high * 100:g}"
            self.add("band", "rule/band", message, "write the lower one first, both between p0 and p100")
        if bucket > DAY or DAY % bucket:
            self.add("bucket", "rule/bucket", f"{shown(bucket)} does not divide a day", "write 15m, 1h or 6h")
        elif bucket < self.size:
            message = f"windows of {shown(self.size)} do not fit into stretches of {shown(bucket)}"
            self.add("bucket", "rule/bucket", message, f"write {shown(self.size)} or more")
        period = DAY if self.settings["period"] == "day" else 7 * DAY
        self.lasts("half_life", period, f"a {self.settings['period']} would be forgotten before the next")
        self.relearn()

    def relearn(self) -> None:
        if "relearn" in self.settings:
            self.lasts("relearn", self.figures.every, "every anomaly would be learnt from at once")

    def fading(self) -> None:
        name = "over" if "half_life" not in self.settings else "half_life"
        reason = f"in fewer than {_FEWEST} windows every anomaly would be the usual"
        self.lasts(name, _FEWEST * self.figures.every, reason)
        self.relearn()

    def lasts(self, name: str, least: int, reason: str) -> None:
        if self.settings[name] < least:
            message = f"{shown(self.settings[name])} is too short: {reason}"
            self.add(name, "rule/too-short", message, f"write {shown(least)} or more")

    def residual(self) -> None:
        short, long = self.settings["short"], self.settings["long"]
        if short >= long:
            message = f"{short:,} windows are compared with {long:,}, which are no more"
            self.add("short", "rule/short-long", message, "write a shorter time for `short`")

    def novelty(self) -> None:
        if self.settings["short"] > self.settings["long"]:
            self.residual()
        self.fading()
        self.some("alike")

    def no_data(self) -> None:
        if self.settings["after"] > _MOST_WINDOWS:
            message = f"{self.settings['after']:,} windows are longer than makes sense"
            self.add("after", "rule/too-long", message, f"the most is {_MOST_WINDOWS:,} windows")

    def members(self) -> None:
        self.some("share")

    def some(self, name: str) -> None:
        if not 0 < self.settings[name] <= 1:
            self.add(name, "rule/share", "it must be more than none and not more than all", "such as 50%")


def _ordered(below: Amount | None, above: Amount | None) -> bool:
    return bool(below and above and below.percent == above.percent and below.value >= above.value)


_CHECKS: dict[str, Callable[[_Check], None]] = {
    "threshold": _Check.threshold,
    "peers": _Check.peers,
    "change": _Check.change,
    "seasonal": _Check.seasonal,
    "rate": _Check.fading,
    "range_break": _Check.fading,
    "mix": _Check.fading,
    "drift": _Check.fading,
    "residual": _Check.residual,
    "novelty": _Check.novelty,
    "no_data": _Check.no_data,
    "members": _Check.members,
}
