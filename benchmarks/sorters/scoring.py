"""Episodes against the truth: what was found, how soon, and what was said for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.sorters.corpus import Corpus
from benchmarks.sorters.incidents import INCIDENTS, Incident
from benchmarks.sorters.plants import DAY, MINUTE

GRACE = 10  # minutes after its end in which an incident may still be told: windows of 5 minutes close late
PROMPT = 3  # minutes


@dataclass(frozen=True)
class Episode:
    """An episode of a rule at a machine or a site (`level`), `key` being its place in the corpus.

    `fired` is the end of the window with which it fired, in microseconds.
    """

    rule: str
    level: str
    key: int
    fired: int


@dataclass
class Tally:
    """What came of one kind of incident; delays in minutes."""

    incidents: int = 0
    delays: list[float] = field(default_factory=list)
    duplicates: int = 0

    @property
    def found(self) -> int:
        """Incidents that any episode told."""
        return len(self.delays)

    @property
    def recall(self) -> float:
        """The share of them."""
        return self.found / self.incidents if self.incidents else float("nan")

    def delay(self, percentile: float) -> float:
        """A percentile of the minutes from an incident's start to the first episode."""
        return float(np.percentile(self.delays, percentile)) if self.delays else float("nan")

    @property
    def prompt(self) -> float:
        """The share of all incidents that was told within three minutes."""
        return sum(one <= PROMPT for one in self.delays) / self.incidents if self.incidents else float("nan")

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.incidents + other.incidents,
            self.delays + other.delays,
            self.duplicates + other.duplicates,
        )


@dataclass
class Score:
    """How one set of rules did. `false` are episodes that no incident explains, with what else was going on.

    `rules` counts for each rule its episodes that were the first to tell an incident, those that told one
    again, and false ones.
    """

    kinds: dict[str, Tally]
    false: list[tuple[Episode, str]]
    missed: list[Incident]
    rules: dict[str, list[int]]
    machine_days: float

    @property
    def whole(self) -> Tally:
        """All kinds together."""
        return sum(self.kinds.values(), start=Tally())

    @property
    def precision(self) -> float:
        """Told incidents among them and the false episodes; a duplicate counts for neither."""
        found = self.whole.found
        return found / (found + len(self.false)) if found or self.false else float("nan")

    @property
    def false_rate(self) -> float:
        """False episodes a day, of 100 machines."""
        return 100 * len(self.false) / self.machine_days


def score(corpus: Corpus, episodes: Iterable[Episode]) -> Score:
    """Match episodes to incidents: of the same machine or its site, fired between start and end + grace."""
    begin, days = corpus.days.begin, corpus.days
    wrong = [one for one in corpus.incidents if one.kind.wrong]
    by_machine: dict[int, list[int]] = {}
    by_site: dict[int, list[int]] = {}
    for place, one in enumerate(wrong):
        for machine in one.machines:
            by_machine.setdefault(machine, []).append(place)
        by_site.setdefault(int(corpus.site_of[one.machines[0]]), []).append(place)
    first: dict[int, Episode] = {}
    result = Score({kind: Tally() for kind in INCIDENTS}, [], [], {}, _machine_days(corpus))
    for one in sorted(episodes, key=lambda one: one.fired):
        minute = (one.fired - begin) / MINUTE
        if minute <= days.from_labelled:
            continue
        near = (by_machine if one.level == "machine" else by_site).get(one.key, ())
        found = [p for p in near if wrong[p].start < minute <= wrong[p].end + GRACE]
        rule = result.rules.setdefault(one.rule, [0, 0, 0])
        fresh = [place for place in found if place not in first]
        if fresh:
            for place in fresh:
                first[place] = one
            rule[0] += 1
        elif found:
            result.kinds[wrong[found[-1]].kind.name].duplicates += 1
            rule[1] += 1
        else:
            result.false.append((one, _meanwhile(corpus, one, minute)))
            rule[2] += 1
    for place, incident in enumerate(wrong):
        tally = result.kinds[incident.kind.name]
        tally.incidents += 1
        if place in first:
            tally.delays.append((first[place].fired - begin) / MINUTE - incident.start)
        else:
            result.missed.append(incident)
    return result


def _machine_days(corpus: Corpus) -> float:
    return len(corpus.site_of) * (corpus.days.minutes - corpus.days.from_labelled) / DAY


def _meanwhile(corpus: Corpus, one: Episode, minute: float) -> str:
    """What else was going on when a false episode fired."""
    for other in corpus.incidents:
        if other.start < minute <= other.end + 60:
            sites = {int(corpus.site_of[machine]) for machine in other.machines}
            here = one.key in (other.machines if one.level == "machine" else sites)
            if here:
                return other.kind.name if minute <= other.end else f"after {other.kind.name}"
    if minute > corpus.days.from_holiday:
        return "holiday"
    return "night" if minute % DAY < 360 else "day"


def false_by_time(scored: Score) -> Counter[str]:
    """False episodes by what else was going on."""
    return Counter(meanwhile for _, meanwhile in scored.false)


def table(scores: Sequence[tuple[str, Score]]) -> str:
    """One line for each kind, columns for each name, as Markdown."""
    lines = ["| | " + " | ".join(name for name, _ in scores) + " |", "|---|" + "---:|" * len(scores)]
    for kind in INCIDENTS:
        cells = [_cell(one.kinds[kind]) for _, one in scores]
        lines.append(f"| {kind} ({scores[0][1].kinds[kind].incidents}) | " + " | ".join(cells) + " |")
    rows = {
        "recall": [f"{one.whole.recall:.3f}" for _, one in scores],
        "precision": [f"{one.precision:.3f}" for _, one in scores],
        "precision, without the holiday": [f"{_on_workdays(one):.3f}" for _, one in scores],
        "false a day and 100 machines": [f"{one.false_rate:.2f}" for _, one in scores],
        "of these on the holiday": [f"{_on_holiday(one):.2f}" for _, one in scores],
        "duplicates": [f"{one.whole.duplicates}" for _, one in scores],
    }
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return "\n".join(lines)


def _on_holiday(one: Score) -> float:
    return 100 * false_by_time(one)["holiday"] / one.machine_days


def _on_workdays(one: Score) -> float:
    false = len(one.false) - false_by_time(one)["holiday"]
    return one.whole.found / max(one.whole.found + false, 1)


def _cell(one: Tally) -> str:
    return f"{one.recall:.2f}, {one.delay(50):.0f} / {one.delay(90):.0f} min" if one.found else "0"
