"""State tables: Polars frames kept as Arrow files in the store, cached by the process that wrote them.

Many tables share an object, one after the other: a request costs more than what most tables hold.
"""

from __future__ import annotations

import io
import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import polars as pl

from framework.state.records import Segment
from framework.state.store import CheckpointError, ObjectStore

_CACHED_BYTES = 512 * 1024 * 1024
_AT_ONCE = 8  # stretches read
_GAP = 1024 * 1024  # bytes between two segments that take no longer than another request
_ALIGNED = 8  # bytes: what Arrow asks for
_cache: OrderedDict[tuple[str, str, int], pl.DataFrame] = OrderedDict()
_lock = threading.Lock()


def load(store: ObjectStore, segments: Iterable[Segment]) -> list[pl.DataFrame]:
    """The frames of some segments. State files never change, so a cached one is always right.

    Raises `CheckpointError` when a file is gone.
    """
    wanted = [(_key(store, segment), segment) for segment in segments]
    frames = {key: _recall(key) for key, _ in wanted}
    missing = {key: segment for key, segment in wanted if frames[key] is None}
    if missing:
        stretches = list(_stretches(missing.values()))
        with ThreadPoolExecutor(min(_AT_ONCE, len(stretches))) as pool:
            read = list(pool.map(lambda stretch: _read(store, stretch), stretches))
        for stretch, found in zip(stretches, read, strict=True):
            for segment, fresh in zip(stretch, found, strict=True):
                frames[_key(store, segment)] = fresh
                _remember(_key(store, segment), fresh)
    return [frame for key, _ in wanted if (frame := frames[key]) is not None]


def save(store: ObjectStore, name: str, frame: pl.DataFrame, high: int = 0) -> Segment:
    """Write a frame as a new object. `high` is the greatest time (microseconds) that it holds."""
    return msgspec.structs.replace(save_all(store, name, {"": frame})[""], high=high)


def save_all(store: ObjectStore, name: str, frames: Mapping[str, pl.DataFrame]) -> dict[str, Segment]:
    """Write frames, one or more, as one new object: the segment of each."""
    buffer = io.BytesIO()
    places: dict[str, tuple[int, int]] = {}
    for table, frame in frames.items():
        buffer.write(bytes(-buffer.tell() % _ALIGNED))
        offset = buffer.tell()
        frame.write_ipc(buffer, compression="lz4")
        places[table] = offset, buffer.tell() - offset
    store.put(name, buffer.getvalue())
    whole = buffer.tell()
    saved = {
        table: Segment(name=name, rows=frames[table].height, offset=offset, bytes=size, whole=whole)
        for table, (offset, size) in places.items()
    }
    for table, segment in saved.items():
        _remember(_key(store, segment), frames[table])
    return saved


def forget(store: ObjectStore, kept: Collection[str]) -> None:
    """Let go of the cached frames of a store, but for those of some objects."""
    place = str(store)
    with _lock:
        for key in [key for key in _cache if key[0] == place and key[1] not in kept]:
            del _cache[key]


def sparse(tables: Mapping[str, Sequence[Segment]]) -> list[str]:
    """Those of the tables that had better be written anew, when these are all that stay as they are.

    They are the tables in an object of which they need less than half. So the objects of the state are
    never twice what the tables need, and each byte that is written again makes room for another.
    """
    needed: Counter[str] = Counter()
    for segments in tables.values():
        for segment in segments:
            needed[segment.name] += segment.bytes
    return [
        table
        for table, segments in tables.items()
        if any(2 * needed[segment.name] < segment.whole for segment in segments)
    ]


def _stretches(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """The segments in groups to be read at one go: of one object, and near each other."""
    stretch: list[Segment] = []
    for segment in sorted(segments, key=lambda one: (one.name, one.offset)):
        if stretch:
            last = stretch[-1]
            if segment.name != last.name or segment.offset - last.offset - last.bytes > _GAP:
                yield stretch
                stretch = []
        stretch.append(segment)
    if stretch:
        yield stretch


def _read(store: ObjectStore, stretch: Sequence[Segment]) -> list[pl.DataFrame]:
    name, start = stretch[0].name, stretch[0].offset
    length = stretch[-1].offset + stretch[-1].bytes - start
    try:
        # A segment of format 1 is all of its object, which is 0 bytes by what it says.
        data = store.get(name, start, length if length < stretch[0].whole else None)
    except KeyError:
        raise CheckpointError(
            f"checkpoint {store} has no {name} any more: another run has gone on from it, or its files "
            "were removed. Let only one run use a checkpoint"
        ) from None
    if len(data) < length:
        raise CheckpointError(f"checkpoint {store} has only a part of {name}: restore that object")
    parts = [memoryview(data)[one.offset - start :][: one.bytes or None] for one in stretch]
    return [pl.read_ipc(io.BytesIO(part)) for part in parts]


def _key(store: ObjectStore, segment: Segment) -> tuple[str, str, int]:
    return str(store), segment.name, segment.offset


def _recall(key: tuple[str, str, int]) -> pl.DataFrame | None:
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
        return _cache.get(key)


def _remember(key: tuple[str, str, int], frame: pl.DataFrame) -> None:
    with _lock:
        _cache[key] = frame
        held = sum(other.estimated_size() for other in _cache.values())
        while held > _CACHED_BYTES and len(_cache) > 1:
            _, dropped = _cache.popitem(last=False)
            held -= dropped.estimated_size()
