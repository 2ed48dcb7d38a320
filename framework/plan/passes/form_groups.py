"""Outputs that share slice and dimensions share one group-by."""

from __future__ import annotations

import math
from collections.abc import Iterable

from framework.definitions.model import Grouping
from framework.plan.nodes import Group, Output


def form_groups(outputs: Iterable[tuple[Grouping, Output]], correct_for: int) -> tuple[Group, ...]:
    """The groups, in the order of (slice, dimensions). A slice is what all of a window's edges fall on."""
    shared: dict[tuple[int, tuple[str, ...]], list[Output]] = {}
    for grouping, output in outputs:
        slice_ = math.gcd(output.window.size, output.window.every)
        shared.setdefault((slice_, grouping.fields), []).append(output)
    return tuple(
        Group.create(slice_, fields, tuple(members), correct_for)
        for (slice_, fields), members in sorted(shared.items(), key=lambda item: item[0])
    )
