"""Counts of events by minute and machine, as if every parcel had been simulated and then counted.

Parcels that arrive by a Poisson process and then fare independently give counts that are Poisson too, and
independent for each end (where, and in which minute): so those are drawn, and what happens on the way is
thinned from them. Jams and second rounds are drawn without regard to how the parcel ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sorters.incidents import Incident
from benchmarks.sorters.load import Roughness, expected, wear
from benchmarks.sorters.plants import Days, Machines
from benchmarks.sorters.steps import Step, steps_of

Counts = NDArray[np.int32]
Floats = NDArray[np.float64]
CHUTE = "chute_full"


@dataclass(frozen=True)
class Minutes:
    """One plant's counts, arrays of minutes by machines; `rejected` by reason. Test parcels are left out."""

    inducted: Counts
    read: Counts
    jams: Counts
    again: Counts
    rejected: Mapping[str, Counts]
    sorted: Counts
    left: Counts

    @property
    def events(self) -> Counts:
        """All events."""
        return self.inducted + self.jams + self.again + self.sorted + sum(self.rejected.values())

    def each(self, work: Callable[[Counts], Counts]) -> Minutes:
        """All counts, put through `work`."""
        rejected = {reason: work(counts) for reason, counts in self.rejected.items()}
        names = [one.name for one in fields(self) if one.name != "rejected"]
        return Minutes(rejected=rejected, **{name: work(getattr(self, name)) for name in names})

    def windows(self, minutes: int) -> Minutes:
        """The counts of windows of so many minutes."""
        return (
            self if minutes == 1 else self.each(lambda one: np.add.reduceat(one, range(0, len(one), minutes)))
        )

    def at_sites(self, site: NDArray[np.int64], sites: int) -> Minutes:
        """The counts of sites; `site` is the place of each machine's."""
        member = (site[:, None] == np.arange(sites)).astype(np.float32)
        return self.each(lambda one: np.rint(one.astype(np.float32) @ member).astype(np.int32))


def beside(plants: Sequence[Minutes]) -> Minutes:
    """The counts of several plants, one beside the other."""
    reasons = plants[0].rejected
    names = [one.name for one in fields(Minutes) if one.name != "rejected"]
    return Minutes(
        rejected={reason: np.hstack([one.rejected[reason] for one in plants]) for reason in reasons},
        **{name: np.hstack([getattr(one, name) for one in plants]) for name in names},
    )


def simulate(
    seed: int,
    spec: Mapping[str, Any],
    days: Days,
    machines: Machines,
    incidents: Sequence[Incident],
    rough: Roughness,
) -> Minutes:
    """The counts of a plant. The same seed gives the same."""
    rng = np.random.default_rng([seed, 1])
    steps = {step.name: step for step in steps_of(spec)}
    arrivals = expected(rng, spec, days, machines, rough)
    arrivals *= 1 - spec["item"]["test_parcel"]["chance"]
    chances: dict[str, Any] = {name: step.chance for name, step in steps.items()}
    for name in ("no_read", "reject", "jam"):
        if rough.build or rough.quality:
            chances[name] = np.minimum(chances[name] * wear(rng, days, machines, rough), 1)
        else:
            chances[name] = np.full(arrivals.shape, chances[name])
    read = np.full(arrivals.shape, float(steps["induction"].fields["read_ok"]["chance"]))
    side, blocked = np.full(arrivals.shape, 0.5), (np.zeros(arrivals.shape), np.zeros(arrivals.shape))
    for one in incidents:
        _apply(one, machines, arrivals, chances, read, side, blocked)
    return _drawn(rng, steps, arrivals, chances, read, side, blocked)


def _apply(
    one: Incident,
    machines: Machines,
    arrivals: Floats,
    chances: dict[str, Any],
    read: Floats,
    side: Floats,
    blocked: tuple[Floats, Floats],
) -> None:
    """Let an incident change what is to be expected."""
    at = np.ix_(range(one.start, one.end), one.machines)
    match one.kind.name:
        case "rush" | "maintenance" | "power_dip" | "drop" | "stop":
            arrivals[at] *= one.size
        case "reject_burst":
            chances["reject"][at] = one.size
        case "jam_burst":
            chances["jam"][at] = one.size
        case "camera":
            grown = np.linspace(0, 1, one.end - one.start, endpoint=False)[:, None]
            chances["no_read"][at] += (one.size - chances["no_read"][at]) * grown
            read[at] *= 1 - one.size * grown
        case "imbalance":
            side[at] = one.size if one.zone < 0.5 else 1 - one.size
        case "chute_full":
            lanes = machines.zones[one.machines[0]]
            full = lanes == lanes[int(one.zone * len(lanes))]
            for half, chance in zip(np.split(full, 2), blocked, strict=True):
                chance[at] = one.size * half.mean()


def _drawn(
    rng: np.random.Generator,
    steps: Mapping[str, Step],
    arrivals: Floats,
    chances: dict[str, Any],
    read: Floats,
    side: Floats,
    blocked: tuple[Floats, Floats],
) -> Minutes:
    inducted = np.zeros(arrivals.shape, dtype=np.int32)
    ends = {}
    for name in ("no_read", "reject", "sorting"):
        shares = steps[name].shares(chances)
        drawn = [rng.poisson(arrivals * share).astype(np.int32) for share in shares]
        inducted += sum(drawn)
        ends[name] = drawn
    on_way = inducted - sum(ends["no_read"])
    jams = _on_the_way(rng, steps["jam"], on_way, chances)
    again = _on_the_way(rng, steps["recirculation"], on_way, chances)
    rejects, done = _in_time(ends["reject"]), _in_time(ends["sorting"])
    rejected = {"no_read": _in_time(ends["no_read"])}
    for reason, part in _split(rng, rejects, steps["reject"].fields["reject_reason"]["choice"]).items():
        rejected[reason] = part
    left = rng.binomial(done, side).astype(np.int32)
    full = [
        rng.binomial(part, chance).astype(np.int32)
        for part, chance in zip((left, done - left), blocked, strict=True)
    ]
    rejected[CHUTE] = rejected[CHUTE] + full[0] + full[1]
    return Minutes(
        inducted=inducted,
        read=rng.binomial(inducted, read).astype(np.int32),
        jams=jams,
        again=again,
        rejected=rejected,
        sorted=done - full[0] - full[1],
        left=left - full[0],
    )


def _on_the_way(rng: np.random.Generator, step: Step, items: Counts, chances: Mapping[str, Any]) -> Counts:
    happens = rng.binomial(items, chances[step.name])
    shares = np.array([np.mean(share) for share in step.shares(chances)])
    return _in_time(_spread(rng, happens, shares / shares.sum()))


def _spread(rng: np.random.Generator, counts: Counts, shares: Floats) -> list[Counts]:
    """Counts parted at random by fixed shares."""
    found, rest, open_ = [], counts, 1.0
    for share in shares[:-1]:
        part = rng.binomial(rest, min(1.0, share / open_))
        found.append(part)
        rest, open_ = rest - part, open_ - share
    return [*found, rest]


def _split(rng: np.random.Generator, counts: Counts, weights: Mapping[str, float]) -> dict[str, Counts]:
    shares = np.array(list(weights.values()), dtype=float)
    parts = _spread(rng, counts, shares / shares.sum())
    return {name: part.astype(np.int32) for name, part in zip(weights, parts, strict=True)}


def _in_time(drawn: Sequence[Counts]) -> Counts:
    """Counts by the minute of arrival, each so many minutes on, as counts by the minute of the event."""
    whole = drawn[0].astype(np.int32)
    for minutes, counts in enumerate(drawn[1:], start=1):
        whole[minutes:] += counts[:-minutes].astype(np.int32)
    return whole
