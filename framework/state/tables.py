"""State tables: Polars frames kept as Arrow files in the store, cached by the process that wrote them."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterable

import polars as pl

from framework.state.records import Segment
from framework.state.store import ObjectStore

_CACHED_BYTES = 512 * 1024 * 1024
_cache: OrderedDict[tuple[str, str], pl.DataFrame] = OrderedDict()


def load(store: ObjectStore, segments: Iterable[Segment]) -> list[pl.DataFrame]:
    """The frames of some segments. State files never change, so a cached one is always right."""
    return [_load(store, segment) for segment in segments]


def save(store: ObjectStore, name: str, frame: pl.DataFrame, high: int = 0) -> Segment:
    """Write a frame as a new segment. `high` is the greatest time (microseconds) that it holds."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    store.put(name, buffer.getvalue())
    _remember((str(store), name), frame)
    return Segment(name=name, rows=frame.height, high=high)


def _load(store: ObjectStore, segment: Segment) -> pl.DataFrame:
    key = (str(store), segment.name)
    frame = _cache.get(key)
    if frame is None:
        frame = pl.read_ipc(io.BytesIO(store.get(segment.name)))
        _remember(key, frame)
    else:
        _cache.move_to_end(key)
    return frame


def _remember(key: tuple[str, str], frame: pl.DataFrame) -> None:
    _cache[key] = frame
    held = sum(other.estimated_size() for other in _cache.values())
    while held > _CACHED_BYTES and len(_cache) > 1:
        _, dropped = _cache.popitem(last=False)
        held -= dropped.estimated_size()
