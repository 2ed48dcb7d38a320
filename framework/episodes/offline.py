"""Rules over series at hand, without a pipeline: for previews, tests, backtests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from framework.episodes.clusters import clusters
from framework.episodes.feed import AT, START, Feed
from framework.episodes.fold import Fold, Snapshot
from framework.episodes.memory import FIGURES, Memory
from framework.episodes.watch import Watch


class Series:
    """Rules with what they remember, fed with stretch after stretch of windows."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._clusters = clusters(watches)
        self.memories: dict[str, Memory] = {}

    def take(self, frames: Mapping[str, pl.DataFrame]) -> Iterator[Snapshot]:
        """What happens in some windows that follow those before.

        `frames` is by `kpi@level`, as `Watched.name` gives it: with `@start` (microseconds), the level's
        fields, what zone maps say of each key, `value`, `numerator`, `denominator`, `events`
        (floats; null where there is none). A window is judged when any key has it. With `@at`, rows may be
        corrections.
        """
        for cluster in self._clusters:
            sizes = {one.watched.name: one.watched.window.size for one in cluster.watches}
            sizes |= {
                part.watched.name: part.watched.window.size for w in cluster.watches for part in w.parts
            }
            feeds = {name: _feed(frames[name], sizes[name]) for name in cluster.watched if name in frames}
            memories = [self._memory(one, feeds) for one in cluster.watches if one.watched.name in feeds]
            yield from Fold(memories, feeds).run()

    def memory_of(self, rule: str) -> Memory:
        """What a rule remembers. Raises `StopIteration` where it has seen nothing."""
        return next(memory for memory in self.memories.values() if memory.watch.name == rule)

    def _memory(self, watch: Watch, feeds: Mapping[str, Feed]) -> Memory:
        if watch.id not in self.memories:
            frame = feeds[watch.watched.name].frame
            keys = frame.select(pl.exclude(START, AT, *FIGURES)).clear()
            self.memories[watch.id] = Memory.of(watch, keys)
        return self.memories[watch.id]


def _feed(frame: pl.DataFrame, size: int) -> Feed:
    if AT not in frame.columns:
        frame = frame.with_columns((pl.col(START) + size).alias(AT))
    timely = frame.filter(pl.col(AT) == pl.col(START) + size)
    return Feed(frame, np.unique(timely[AT].to_numpy()).astype(np.int64))
