"""One group-by: everything that KPIs with the same slice and dimensions need, in one pass."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from framework.aggregates import get
from framework.expressions import Measure
from framework.plan.nodes.output import Output


@dataclass(frozen=True)
class Group:
    """Events grouped by slice and `fields`, with the accumulators of `measures` for all `outputs`.

    `id` names what the group's state is about, whatever else the definitions say, so that the state
    outlives a change of them. `slice` is in microseconds. `grain` is the step of the lateness that a
    group remembers: fine enough to tell, for every window, whether a record came after its end or
    beyond correction.
    """

    id: str
    slice: int
    grain: int
    fields: tuple[str, ...]
    measures: tuple[Measure, ...]
    outputs: tuple[Output, ...]

    @classmethod
    def create(
        cls, slice_: int, fields: tuple[str, ...], outputs: tuple[Output, ...], correct_for: int
    ) -> Group:
        """A group of outputs that share slice and fields; equal measures become one."""
        measures = tuple(dict.fromkeys(measure for output in outputs for measure in output.measures))
        grain = math.gcd(slice_, correct_for) if correct_for else slice_
        digest = hashlib.sha256(repr((slice_, grain, fields)).encode()).hexdigest()
        return cls(f"g{digest[:8]}", slice_, grain, fields, measures, outputs)

    @property
    def wide(self) -> tuple[Measure, ...]:
        """The measures whose state stands in columns beside the key."""
        return tuple(measure for measure in self.measures if not get(measure.aggregate).long)

    @property
    def long(self) -> tuple[Measure, ...]:
        """The measures whose state has rows of its own (sketches)."""
        return tuple(measure for measure in self.measures if get(measure.aggregate).long)

    @property
    def longest(self) -> int:
        """The size of the longest window, in microseconds."""
        return max(output.window.size for output in self.outputs)

    @property
    def is_level(self) -> bool:
        """Whether silent keys get rows: only a level's keys can be listed."""
        return any(output.is_level for output in self.outputs)
