"""A small world with rules of every kind, and events in which machines fall, stop and come back."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tests.pipeline.events import BEGIN
from tests.pipeline.tiny import tiny

RULES = {
    "slow": """
kpi: seen
level: machine
detect: {threshold: {below: 8}}
fire: {when: below, for: 2 windows, severity: warning}
escalate: {to: critical, after: 4 windows}
recover: {above: 9, for: 2 windows}
reopen: 4 windows
message: "{machine} in {hall} saw {value} {unit}"
""",
    "fell": """
kpi: seen
level: machine
detect: {change: {ago: 3 windows, by: 40%}, and: {peers: {of: hall, below: 70%, least: 1}}}
fire: {when: below, severity: critical}
recover: {for: 2 windows}
""",
    "silent": """
kpi: seen
level: machine
detect: {no_data: {after: 2 windows}}
fire: {for: 1 window, severity: critical}
""",
    "stopped": """
kpi: seen
level: hall
detect: {members: {of: silent, share: 50%, least: 2}}
fire: {severity: critical}
inhibits: [silent, slow]
""",
    "odd": """
kpi: mean_ms
level: machine
detect: {drift: {history: 5}, or: [{residual: {short: 3 windows}}, {range_break: {history: 5}}]}
fire: {when: outside}
no_data: ok
mode: shadow
""",
    "rare": """
kpi: share
level: machine
detect: {rate: {usual: 10%, chance: 0.001}}
fire: {when: above}
min_volume: 5
""",
    "mixed": """
kpi: share
level: machine
detect: {mix: {of: kinds/kind, above: 0.2, least: 5}}
fire: {when: above}
contributors: [kinds]
""",
    "usual": """
kpi: seen
level: machine
detect: {seasonal: {period: day, bucket: 10m, history: 5}, and: {not: {threshold: {below: 3}}}}
fire: {when: below, for: 2 windows}
during: day
""",
}
_MORE = {
    "share": """
kpi: share
title: Share of bad ones
unit: "%"
better: lower
owner: tests
audience: [tests]
by: [machine, hall]
window: {size: 30s}
value: 100 * count(kind == "bad") / count()
""",
    "kinds": """
kpi: kinds
title: Kinds
unit: events
better: lower
owner: tests
audience: [tests]
by: [[machine, kind]]
window: {size: 30s}
value: count()
""",
    "day": """
calendar: day
timezone: UTC
shifts: {all: mon-sun 00:00-24:00}
maintenance:
  - {from: 2026-10-05 10:20, to: 2026-10-05 10:23, at: {machine: A}}
""",
}


def watched(folder: Path, rules: Mapping[str, str] = RULES) -> Path:
    """Write the definitions of the small world, with rules."""
    tiny(folder)
    pipeline = folder / "pipeline.yaml"
    text = pipeline.read_text()
    pipeline.write_text(text.replace("    ms:", "    kind: {type: string, optional: true}\n    ms:"))
    for name, text in _MORE.items():
        (folder / f"{name}.yaml").write_text(text)
    for name, text in rules.items():
        head = f"rule: {name}\ntitle: {name}\nowner: tests\n"
        (folder / f"rule-{name}.yaml").write_text(head + text.lstrip("\n"))
    return folder


def happenings(seed: int, minutes: int = 30) -> list[bytes]:
    """Records of four machines: about twenty events in half a minute each, but where something is wrong.

    Some come out of order, some late enough to correct a window, some too late for all.
    """
    pick = random.Random(seed)
    sent: list[tuple[float, bytes]] = []
    number = 0
    for half in range(minutes * 2):
        for machine in ("A", "B", "C1", "D"):
            for _ in range(_events(machine, half, pick)):
                at = (half + pick.random()) * 30
                number += 1
                kind = (
                    "bad" if pick.random() < (0.5 if machine == "B" and 20 <= half < 28 else 0.08) else "good"
                )
                ms = round(100 + pick.gauss(0, 5) + (60 if machine == "A" and half > 44 else 0), 1)
                moment = (BEGIN + timedelta(seconds=at)).isoformat()
                event = {"id": f"e{number}", "ts": moment, "machine": machine, "ms": ms, "kind": kind}
                chance = pick.random()
                delay = (
                    pick.uniform(0, 9) if chance < 0.85 else pick.uniform(10, 70) if chance < 0.98 else 200
                )
                sent.append((at + delay, json.dumps(event).encode()))
    return [record for _, record in sorted(sent, key=lambda one: one[0])]


def _events(machine: str, half: int, pick: random.Random) -> int:
    if machine in ("A", "B") and 34 <= half < 42:
        return 0  # the hall stops
    if machine == "C1" and 12 <= half < 18:
        return pick.randint(2, 9)  # falls
    if machine == "D" and half > 50:
        return 0  # is gone
    return pick.randint(16, 22)
