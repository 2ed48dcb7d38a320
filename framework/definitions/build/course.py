"""The course of an episode: when it begins, becomes worse and ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from framework.definitions.build.figures import Figures, amount
from framework.definitions.convert import Path
from framework.definitions.model import Better
from framework.definitions.rule import (
    SEVERITIES,
    Amount,
    Clause,
    Combined,
    Escalate,
    Fire,
    Leaf,
    Negated,
    NoData,
    NoDataPolicy,
    Recover,
    Side,
    leaves,
)

POLICIES: tuple[NoDataPolicy, ...] = ("keep", "ok", "fire")
_MOST_FOR = 1_000
_MOST = 10_000
_SIDED = ("threshold", "peers")
_SIDELESS = ("no_data", "members", "mix")
_EXPECT_NOTHING = ("threshold", *_SIDELESS)


@dataclass(frozen=True)
class Course:
    """Reads these parts of a rule file, whose clause is `detect` and whose KPI is `better` when so."""

    figures: Figures
    detect: Clause
    better: Better

    @property
    def value(self) -> Any:
        """The file's values."""
        return self.figures.converted.value

    def fire(self) -> Fire:
        """When an episode begins."""
        fire = self.value.get("fire") or {}
        named = _sides(self.detect)
        when = fire.get("when")
        if when and named and when not in ("outside", *named):
            message = f"it fires {' and '.join(sorted(named))}, and `when` says {when}"
            self._add(("fire", "when"), "rule/side", message, f"write when: {_side(named)}")
            when = _side(named)
        usual: Side = "above" if self.better == "lower" else "below"
        when = when or (_side(named) if named else usual)
        return Fire(
            when, self._windows("1 window", _MOST_FOR, "fire", "for"), fire.get("severity", "warning")
        )

    def escalate(self, detect: Clause | None, fire: Fire) -> Escalate | None:
        """When an episode becomes worse; `detect` is its clause, if it has one."""
        body = self.value.get("escalate")
        if body is None:
            return None
        to = body.get("to", "critical")
        if SEVERITIES.index(to) <= SEVERITIES.index(fire.severity):
            message = f"an episode is {fire.severity} from the start: it does not become {to}"
            self._add(
                ("escalate",), "rule/escalate", message, "give `fire` a lower severity, or take this out"
            )
        if not {"after", "detect"} & body.keys() and "escalate" not in self.figures.converted.faulty:
            message = "nothing says when it becomes worse"
            self._add(("escalate",), "rule/escalate", message, "add after: 10 windows, or detect")
        after = self._windows("1 window", _MOST, "escalate", "after") if "after" in body else None
        return Escalate(to, after, detect)

    def recover(self, fire: Fire) -> Recover:
        """When an episode ends."""
        body = self.value.get("recover") or {}
        above, below = (amount(body[side]) if side in body else None for side in ("above", "below"))
        for side, other, bound in (("above", "below", above), ("below", "above", below)):
            if bound is None:
                continue
            if bound.percent and not expects(self.detect):
                message = "a share is of what is expected, and no detector of this rule expects anything"
                self._add(("recover", side), "rule/nothing-expected", message, "write a figure of the KPI")
            if fire.when == side:
                message = f"it fires {side}: a value that is {side} this is no recovery"
                self._add(("recover", side), "rule/recover-side", message, f"write {other}", key=True)
            elif (limit := self._inside(other, bound)) is not None:
                message = f"it still fires {other} {limit.value:g}{'%' if limit.percent else ''}"
                hint = f"write {limit.value:g}{'%' if limit.percent else ''} or {_MORE[side]}"
                self._add(("recover", side), "rule/recover-inside", message, hint)
        if above and below and above.percent == below.percent and above.value >= below.value:
            message = f"no value is above {above.value:g} and below {below.value:g}"
            self._add(("recover", "below"), "rule/recover-never", message, "swap them")
        windows = self._windows("1 window", _MOST_FOR, "recover", "for")
        return Recover(windows, above, below, self._windows("0 windows", _MOST, "recover", "least", least=0))

    def _inside(self, side: str, bound: Amount) -> Amount | None:
        """The limit of a detector that is enough by itself, where `bound` is on its firing side."""
        for leaf in _enough(self.detect):
            limit = leaf.settings.get(side) if leaf.detector in _SIDED else None
            limit = Amount(limit) if isinstance(limit, float) else limit
            if limit is None or limit.percent != bound.percent:
                continue
            if bound.value < limit.value if side == "below" else bound.value > limit.value:
                return limit
        return None

    def no_data(self) -> NoData | None:
        """What windows without events mean."""
        body = self.value.get("no_data")
        if body is None:
            return None
        name = body if isinstance(body, str) else body.get("as", "keep")
        after = self._windows("1 window", _MOST, "no_data", "after")
        policy = next((one for one in POLICIES if one == name), None)
        own = name == self.value["rule"]
        if policy != "fire" and not own and all(leaf.detector == "no_data" for leaf in leaves(self.detect)):
            message = "the detector no_data never fires: `no_data` keeps silent windows from it"
            self._add(("no_data",), "rule/never", message, "take `no_data` out")
        return NoData(after, policy) if policy else NoData(after, rule=name)

    def reopen(self) -> int:
        """For how many windows after its end an episode goes on when it fires again."""
        return self._windows("10 windows", _MOST, "reopen", least=0)

    def _windows(self, default: str, most: int, *path: str, least: int = 1) -> int:
        body: Any = self.value
        for part in path:
            body = body.get(part) if isinstance(body, dict) else None
        return self.figures.windows(default if body is None else body, path, least, most)

    def _add(self, path: Path, code: str, message: str, hint: str, key: bool = False) -> None:
        converted = self.figures.converted
        at = converted.key(*path) if key or len(path) == 1 else converted.at(*path)
        self.figures.gather.add(at, code, message, hint)


_MORE = {"above": "more", "below": "less"}


def expects(detect: Clause) -> bool:
    """Whether a clause has a detector that tells what is expected."""
    return any(leaf.detector not in _EXPECT_NOTHING for leaf in leaves(detect))


def _side(named: set[Side]) -> Side:
    return next(iter(named)) if len(named) == 1 else "outside"


def _sides(detect: Clause) -> set[Side]:
    """The sides that the detectors themselves name, where none leaves it to the rule."""
    named: set[Side] = set()
    for leaf in _plain(detect):
        sided = leaf.detector in _SIDED and leaf.settings.get("z") is None
        if not sided and leaf.detector not in _SIDELESS:
            return set()
        sides: tuple[Side, ...] = ("below", "above")
        named |= {side for side in sides if sided and leaf.settings[side] is not None}
    return named


def _plain(clause: Clause) -> Iterator[Leaf]:
    """The detectors outside of `not`."""
    match clause:
        case Leaf():
            yield clause
        case Combined(_, parts):
            for part in parts:
                yield from _plain(part)
        case Negated():
            return


def _enough(clause: Clause) -> Iterator[Leaf]:
    """The detectors of which one is enough for the clause to hold."""
    match clause:
        case Leaf():
            yield clause
        case Combined("or", parts):
            for part in parts:
                yield from _enough(part)
