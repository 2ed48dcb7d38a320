"""Any rules over any events: the same episodes, and the same told of them, in whatever batches."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from framework.pipeline import judged
from framework.pipeline.judged import ClusterTick
from tests.episodes.watched import RULES, watched
from tests.pipeline.events import BEGIN, run

# Machines of which no zone map lists some, one comes late, and one has a name to be escaped.
MACHINES = ("A", "B", "C1", "C2", "D", "E:1 %ü")
MORE = {
    "low": """
kpi: calm
level: machine
detect: {threshold: {below: 20}}
fire: {when: below, severity: warning}
recover: {above: 22}
reopen: 2 windows
inhibits: [slow]
""",
    "sliding": """
kpi: slide
level: machine
detect: {change: {ago: 3 windows, by: 30%}, or: {threshold: {below: 6}}}
fire: {when: below, for: 2 windows}
escalate: {to: critical, detect: {threshold: {below: 3}}}
recover: {for: 2 windows}
no_data: {after: 2 windows, as: fire}
reopen: 3 windows
""",
    "many": """
kpi: slide
level: hall
detect: {members: {of: sliding, share: 30%, least: 2}}
fire: {for: 2 windows, severity: critical}
inhibits: [sliding]
""",
    "whole": """
kpi: calm
level: hall
detect: {members: {of: slow, share: 40%}, or: {members: {of: silent, share: 40%}}}
fire: {severity: critical}
""",
    "bare": """
kpi: seen
level: machine
detect: {no_data: {after: 1 window}, or: {peers: {of: hall, below: 60%, least: 1}}}
fire: {for: 2 windows}
no_data: {after: 4 windows, as: keep}
""",
    "band": """
kpi: seen
level: machine
detect: {range_break: {over: 1h, margin: 10%, history: 4}}
fire: {when: outside}
contributors: [kinds]
""",
}
_KPI = """
kpi: {name}
title: {name}
unit: events
better: higher
owner: tests
audience: [tests]
by: [machine, hall]
window: {window}
value: count()
"""
_ZONES = """
zones: halls
effective: 2026-10-05 10:04:15
assign:
  - machine: [A]
    set: {hall: H}
  - machine: [B, D]
    set: {hall: K}
  - machine: C*
    set: {hall: H}
"""
_NEEDS = {"stopped": {"silent", "slow"}, "many": {"sliding"}, "whole": {"slow", "silent"}, "low": {"slow"}}
_ALL = {**RULES, **MORE}
_EXAMPLES = int(os.environ.get("EXAMPLES", "6"))


def world(folder: Path, rules: set[str], moved: bool) -> Path:
    """The small world with some rules, windows of several sizes, and machines that move to another hall."""
    wanted = rules.union(*(_NEEDS.get(name, set()) for name in rules))
    watched(folder, {name: _ALL[name] for name in sorted(wanted)})
    for name, window in (("calm", "{size: 2m}"), ("slide", "{size: 1m, every: 20s}")):
        (folder / f"{name}.yaml").write_text(_KPI.format(name=name, window=window).lstrip("\n"))
    if moved:
        (folder / "later.yaml").write_text(_ZONES)
    return folder


def records(seed: int, minutes: int) -> list[tuple[str, bytes]]:
    """Records in the order in which they come; each machine falls, stops and returns at random."""
    pick = random.Random(seed)
    sent: list[tuple[float, str, bytes]] = []
    for machine in MACHINES:
        pace, begins = pick.choice((4, 9, 11)), pick.choice((0, 0, minutes / 2))
        loads = [pick.choice((1, 1, 1, 0.5, 0.2, 0)) for _ in range(minutes)]
        for half in range(int(begins * 2), minutes * 2):
            load = loads[half // 4]
            for _ in range(round(pace * load) + pick.randint(0, 1) * (load > 0)):
                at = (half + pick.random()) * 30
                event = {
                    "id": f"{machine}{len(sent)}",
                    "ts": (BEGIN + timedelta(seconds=at)).isoformat(),
                    "machine": machine,
                    "ms": pick.choice((None, 90.0, 100.0, 101.5, 300.0)),
                    "kind": pick.choice(("good", "good", "good", "bad")),
                }
                chance = pick.random()
                delay = pick.uniform(0, 9) if chance < 0.8 else pick.uniform(10, 100)
                record = json.dumps(event).encode()
                sent += [(at + delay + n * 15, machine, record) for n in range(1 + (pick.random() < 0.03))]
    return [(machine, record) for _, machine, record in sorted(sent)]


@contextmanager
def told() -> Iterator[list[bytes]]:
    """What notifications are told meanwhile."""
    found: list[bytes] = []
    work = ClusterTick.run

    def listened(self: ClusterTick) -> judged.Outcome:
        outcome = work(self)
        found.extend(msgspec.json.encode(one) for one in outcome.transitions)
        return outcome

    with patch.object(ClusterTick, "run", listened):
        yield found


# A run takes about a second, so a failure is shown as found.
@settings(max_examples=_EXAMPLES, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    rules=st.sets(st.sampled_from(sorted(_ALL)), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
    minutes=st.integers(5, 14),
    moved=st.booleans(),
    shards=st.integers(1, 3),
    batch=st.integers(20, 300),
    partitions=st.integers(1, 3),
)
# Machines that move to another hall; a late record whose window has no parts of its own.
@example(rules={"fell", "whole"}, seed=117, minutes=8, moved=True, shards=1, batch=228, partitions=3)
@example(rules={"band"}, seed=240, minutes=10, moved=True, shards=3, batch=184, partitions=1)
def test_any_rules_in_any_batches(
    rules: set[str], seed: int, minutes: int, moved: bool, shards: int, batch: int, partitions: int
) -> None:
    parted: dict[str, list[bytes]] = {f"shard-{number}": [] for number in range(shards)}
    for machine, record in records(seed, minutes):
        parted[f"shard-{MACHINES.index(machine) % shards}"].append(record)
    with TemporaryDirectory() as place:
        definitions = world(Path(place, "definitions"), rules, moved)
        with told() as once:
            one = run(definitions, parted, Path(place, "one"))
        with told() as often:
            many = run(definitions, parted, Path(place, "many"), batch=batch, partitions=partitions)
    assert many.alerts == one.alerts
    assert many.kpi == one.kpi
    assert sorted(often) == sorted(once)
