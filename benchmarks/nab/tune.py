"""Choose the rule's settings on one half of the corpus, and measure them on the other.

    uv run python benchmarks/nab/tune.py --nab DIR [--roles course,value]

Deterministic. Halves are every other series of each category, by name. For each role in the rule there is a
short list of detectors, or none; they, what counts as clear, and for how long to hold fire are searched one
after another until nothing is better on the half at hand: by the standard profile, as the mean of thresholds
around 1, so that a lucky threshold does not decide. The threshold of each profile is chosen on the same half.
Scores are kept in `.sortline/benchmarks/nab`: the first run takes minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.nab.corpus import Series, half, load  # noqa: E402
from benchmarks.nab.hold import Hold  # noqa: E402
from benchmarks.nab.product import SETTING, scores  # noqa: E402
from benchmarks.nab.scorer import PROFILES, Board, Profile  # noqa: E402
from framework.definitions.rule import Amount  # noqa: E402
from framework.detectors.base import Detector  # noqa: E402
from framework.detectors.novelty import Novelty  # noqa: E402
from framework.detectors.range_break import RangeBreak  # noqa: E402
from framework.detectors.residual import Residual  # noqa: E402

CACHE = ROOT / ".sortline" / "benchmarks" / "nab"
DAY = 86_400_000_000
CLEAR = (1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.1)
HOLDS = (80, 100, 120)
AROUND = (0.95, 1.0, 1.05, 1.1, 1.15)
THRESHOLDS = tuple(np.geomspace(0.8, 2.0, 40).tolist())
_novelty = partial(Novelty, SETTING, clear=1.0)
ROLES: Mapping[str, Sequence[Detector]] = {
    "course": [
        _novelty(over=days * DAY, alike=alike) for days in (7, 14, 28) for alike in (0.11, 0.13, 0.15)
    ],
    "value": [_novelty(short=1, long=1, alike=alike) for alike in (0.04, 0.06, 0.08)],
    "steps": [_novelty(of="steps", alike=alike) for alike in (0.1, 0.13, 0.16)],
    "range": [RangeBreak(SETTING, margin=Amount(share, percent=True)) for share in (2, 5, 10)],
    "residual": [Residual(SETTING, short=short, long=2000) for short in (4, 10)],
}


@dataclass(frozen=True)
class Choice:
    """A rule: by role, which detector of the list (-1: none) and which clearness; how long to hold fire."""

    places: tuple[tuple[int, int], ...]
    hold: int

    def __str__(self) -> str:
        parts = [
            f"{role}: {_said(ROLES[role][place])} clear {CLEAR[clear]}"
            for role, (place, clear) in zip(ROLES, self.places, strict=True)
            if place >= 0
        ]
        return "; ".join([*parts, f"hold {self.hold}"])


class Search:
    """The scores of all detectors over some series, and what rules of them come to."""

    def __init__(
        self,
        corpus: Sequence[Series],
        found: Mapping[str, Sequence[NDArray[np.float64]]],
        roles: Sequence[str],
    ) -> None:
        self.corpus, self.found, self.roles = corpus, found, roles

    @cached_property
    def hold(self) -> Hold:
        return Hold(self.corpus)

    @cached_property
    def board(self) -> Board:
        return Board.of(self.corpus)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        place = np.full(sum(len(series) for series in self.corpus), -1)
        place[self.board.row] = np.arange(len(self.board.row))
        return place

    def value(self, choice: Choice, threshold: float, profile: Profile) -> float:
        """The rule's score when it fires from a threshold on."""
        firing = np.zeros(len(self.rows), dtype=bool)
        for role, (place, clear) in zip(ROLES, choice.places, strict=True):
            if place >= 0:
                firing |= self.found[role][place] >= CLEAR[clear] * threshold
        return self.board.score_rows(self.rows[self.hold.detections(firing, choice.hold)], profile)

    def worth(self, choice: Choice) -> float:
        """By what rules are compared."""
        return float(np.mean([self.value(choice, threshold, PROFILES[0]) for threshold in AROUND]))

    def best(self) -> Choice:
        """The rule that no change of one part makes better, from a rule of the first detector alone."""
        nothing = (-1, 0)
        choice = Choice(((0, 0), *(nothing for _ in list(ROLES)[1:])), HOLDS[1])
        worth = self.worth(choice)
        while True:
            before = worth
            for at, role in enumerate(ROLES):
                if role not in self.roles:
                    continue
                options = [(place, clear) for place in range(len(ROLES[role])) for clear in range(len(CLEAR))]
                for option in [nothing, *options]:
                    places = (*choice.places[:at], option, *choice.places[at + 1 :])
                    choice, worth = self._better(choice, worth, replace(choice, places=places))
            for rows in HOLDS:
                choice, worth = self._better(choice, worth, replace(choice, hold=rows))
            if worth <= before:
                return choice

    def _better(self, choice: Choice, worth: float, other: Choice) -> tuple[Choice, float]:
        found = self.worth(other)
        return (other, found) if found > worth + 1e-9 else (choice, worth)

    def threshold(self, choice: Choice, profile: Profile) -> float:
        """The best threshold for a profile."""
        return max(THRESHOLDS, key=lambda threshold: self.value(choice, threshold, profile))


def main() -> None:
    """Search on each half and on the whole, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--nab", type=Path, required=True, help="folder with the benchmark's data/ and labels/"
    )
    parser.add_argument("--roles", default="course,value", help=f"of {','.join(ROLES)}")
    arguments = parser.parse_args()
    corpus, roles = load(arguments.nab), arguments.roles.split(",")
    jobs = [(role, detector) for role, detectors in ROLES.items() for detector in detectors]
    with multiprocessing.Pool(2) as pool:
        results = pool.map(partial(_scores, corpus), [detector for _, detector in jobs], chunksize=1)
    found: dict[str, list[NDArray[np.float64]]] = {role: [] for role in ROLES}
    for (role, _), result in zip(jobs, results, strict=True):
        found[role].append(result)
    everything = tuple(range(len(corpus)))
    for chosen, measured in (
        (half(corpus, 0), half(corpus, 1)),
        (half(corpus, 1), half(corpus, 0)),
        (everything,) * 2,
    ):
        here, there = (_part(corpus, found, roles, part) for part in (chosen, measured))
        choice = here.best()
        print(f"{len(chosen)} series -> {len(measured)}: {choice}")
        for profile in PROFILES:
            threshold = here.threshold(choice, profile)
            plain, own = there.value(choice, 1.0, profile), there.value(choice, threshold, profile)
            print(
                f"  {profile.name:22} fires from 1: {plain:5.1f}   from {threshold:.2f}: {own:5.1f}",
                flush=True,
            )


def _part(
    corpus: Sequence[Series],
    found: Mapping[str, Sequence[NDArray[np.float64]]],
    roles: Sequence[str],
    places: Sequence[int],
) -> Search:
    starts = np.cumsum([0, *(len(series) for series in corpus)])
    rows = np.concatenate([np.arange(starts[place], starts[place + 1]) for place in places])
    return Search(
        [corpus[place] for place in places],
        {role: [values[rows] for values in results] for role, results in found.items()},
        roles,
    )


def _scores(corpus: Sequence[Series], detector: Detector) -> NDArray[np.float64]:
    return scores(detector, corpus, CACHE)


def _said(detector: Detector) -> str:
    own = [
        f"{one.name}={getattr(detector, one.name)}"
        for one in fields(detector)
        if one.name not in ("setting", "clear") and getattr(detector, one.name) != one.default
    ]
    return " ".join([detector.name, *own])


if __name__ == "__main__":
    main()
