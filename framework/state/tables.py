"""State tables: Polars frames kept as Arrow files in the store, cached by the process that wrote them."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from framework.state.records import Segment
from framework.state.store import CheckpointError, ObjectStore

_CACHED_BYTES = 512 * 1024 * 1024
_AT_ONCE = 8  # objects read or written
_cache: OrderedDict[tuple[str, str], pl.DataFrame] = OrderedDict()
_lock = threading.Lock()


def load(store: ObjectStore, segments: Iterable[Segment]) -> list[pl.DataFrame]:
    """The frames of some segments. State files never change, so a cached one is always right.

    Raises `CheckpointError` when a file is gone.
    """
    wanted = list(segments)
    frames = {segment.name: _recall(store, segment.name) for segment in wanted}
    missing = [name for name, frame in frames.items() if frame is None]
    if len(missing) > 1:
        with ThreadPoolExecutor(min(_AT_ONCE, len(missing))) as pool:
            read = list(pool.map(lambda name: _read(store, name), missing))
    else:
        read = [_read(store, name) for name in missing]
    for name, fresh in zip(missing, read, strict=True):
        frames[name] = fresh
        _remember((str(store), name), fresh)
    return [frame for segment in wanted if (frame := frames[segment.name]) is not None]


def save(store: ObjectStore, name: str, frame: pl.DataFrame, high: int = 0) -> Segment:
    """Write a frame as a new segment. `high` is the greatest time (microseconds) that it holds."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    data = buffer.getvalue()
    store.put(name, data)
    _remember((str(store), name), frame)
    return Segment(name=name, rows=frame.height, high=high, bytes=len(data))


def save_all(store: ObjectStore, frames: Mapping[str, pl.DataFrame]) -> list[Segment]:
    """Write frames as new segments by their names, several at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda name: save(store, name, frames[name]), frames))


def _read(store: ObjectStore, name: str) -> pl.DataFrame:
    try:
        return pl.read_ipc(io.BytesIO(store.get(name)))
    except KeyError:
        raise CheckpointError(
            f"checkpoint {store} has no {name} any more: another run has gone on from it, or its files "
            "were removed. Let only one run use a checkpoint"
        ) from None


def _recall(store: ObjectStore, name: str) -> pl.DataFrame | None:
    key = (str(store), name)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
        return _cache.get(key)


def _remember(key: tuple[str, str], frame: pl.DataFrame) -> None:
    with _lock:
        _cache[key] = frame
        held = sum(other.estimated_size() for other in _cache.values())
        while held > _CACHED_BYTES and len(_cache) > 1:
            _, dropped = _cache.popitem(last=False)
            held -= dropped.estimated_size()
