"""One detection for each episode: after it, the rule holds its fire for some rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab.corpus import Series


class Hold:
    """Detections in series laid end to end. Rows of the probation never fire, nor do they hold any fire."""

    def __init__(self, corpus: Sequence[Series]) -> None:
        lengths = np.array([len(series) for series in corpus])
        self._end = np.repeat(np.cumsum(lengths), lengths)
        self.scored = np.concatenate([np.arange(len(series)) >= series.probation for series in corpus])

    def detections(self, firing: NDArray[np.bool_], rows: int) -> NDArray[np.int64]:
        """The rows that remain of those that fire, when each keeps the `rows` from itself on to itself.

        >>> from benchmarks.nab.corpus import Series
        >>> flat = Series("a", np.arange(20), np.zeros(20), ())
        >>> firing = np.isin(np.arange(20), [1, 4, 5, 6, 9])
        >>> Hold([flat]).detections(firing, 3).tolist()
        [4, 9]
        """
        places = np.flatnonzero(firing & self.scored)
        if not len(places):
            return places
        following = np.searchsorted(places, np.minimum(places + rows, self._end[places])).tolist()
        kept, at = [], 0
        while at < len(places):
            kept.append(at)
            at = following[at]
        return places[kept]
