"""Zone maps at work: which dimensions an event gets, and which keys a map knows."""

from __future__ import annotations

import itertools
import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from framework.definitions.model import Assignment, FieldType, Pattern, Scalar, ZoneMap
from framework.definitions.patterns import glob_match, members

Key = tuple[Scalar, ...]
DTYPES = {"string": pl.String(), "int": pl.Int64(), "float": pl.Float64(), "bool": pl.Boolean()}
EPOCH = "@epoch"  # which generation of the zone maps holds at an event's time


class ZoneIndex:
    """Zone maps indexed so that a batch is mapped by one join.

    An epoch is a stretch of time in which the same generation of maps holds; epoch `i` starts at
    `starts[i]` (microseconds). In each, assignments are tried in order and the first match wins.
    """

    def __init__(
        self, zones: Sequence[ZoneMap], dimensions: Mapping[str, FieldType], types: Mapping[str, FieldType]
    ) -> None:
        self.fields = tuple(dict.fromkeys(p.field for z in zones for a in z.assignments for p in a.match))
        self.dimensions = dict(dimensions)
        self.starts = sorted({zone.effective for zone in zones})
        self._entries: list[Assignment] = [entry for zone in zones for entry in zone.assignments]
        self._live = [_live_at(zones, start) for start in self.starts]
        self._patterns: dict[str, list[tuple[Pattern, int]]] = {field: [] for field in self.fields}
        self._free: dict[str, int] = {}
        self._sets: dict[str, dict[Scalar, int]] = {}
        self._index()
        self._masks: dict[tuple[str, Scalar], int] = {}
        self._keys: dict[tuple[tuple[str, ...], int], list[Key]] = {}
        self._attributes: dict[tuple[tuple[str, ...], Key, int], dict[str, Scalar]] = {}
        columns = {name: DTYPES[types[name]] for name in self.fields}
        self._schema = {
            EPOCH: pl.Int32(),
            **columns,
            **{name: DTYPES[t] for name, t in self.dimensions.items()},
        }
        self._known = pl.DataFrame(schema=self._schema)
        self._extending = threading.Lock()

    def attach(self, frame: pl.DataFrame, time: str) -> pl.DataFrame:
        """The frame with the maps' dimensions, null where none matches; `time` names the times' column."""
        if not self._entries:
            return frame
        frame = frame.with_columns(self.epochs(frame[time]))
        on = [EPOCH, *self.fields]
        known = self._extended(frame.select(on).unique())
        return frame.join(known, on=on, how="left", nulls_equal=True, maintain_order="left").drop(EPOCH)

    def _extended(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """What is known of each combination of fields, once, whichever threads ask."""
        with self._extending:
            new = wanted.join(self._known, on=wanted.columns, how="anti", nulls_equal=True)
            if new.height:
                rows = [(*row, *self._assign(row[0], row[1:])) for row in new.iter_rows()]
                self._known = pl.concat([self._known, pl.DataFrame(rows, schema=self._schema, orient="row")])
            return self._known

    def epoch(self, time: int) -> int:
        """The epoch that holds at a time; -1 before any map."""
        return bisect_right(self.starts, time) - 1

    def epochs(self, times: pl.Series) -> pl.Series:
        """The epoch that holds at each of some times, as a column `@epoch`."""
        place = pl.Series(self.starts, dtype=pl.Int64).search_sorted(times, side="right")
        return (place.cast(pl.Int32) - 1).alias(EPOCH)

    def dtype(self, dimension: str) -> pl.DataType:
        """The column type of a dimension."""
        return DTYPES[self.dimensions[dimension]]

    def attributes(self, fields: tuple[str, ...], key: Key, epoch: int) -> dict[str, Scalar]:
        """What the maps say of a level's key: the dimensions on which all its assignments agree."""
        cached = self._attributes.get((fields, key, epoch))
        if cached is None:
            cached = self._attributes[fields, key, epoch] = self._agreed(self._of(fields, key, epoch))
        return cached

    @staticmethod
    def _agreed(entries: list[Assignment]) -> dict[str, Scalar]:
        first = entries[0].sets if entries else {}
        return {
            name: value
            for name, value in first.items()
            if all(name in entry.sets and entry.sets[name] == value for entry in entries)
        }

    def knows(self, fields: tuple[str, ...], key: Key, epoch: int) -> bool:
        """Whether any assignment of the epoch can match an event of this key."""
        return bool(self._mask_of(fields, key, epoch))

    def keys(self, fields: tuple[str, ...], epoch: int) -> list[Key]:
        """Every key of a level that the epoch's maps list by name."""
        if (fields, epoch) not in self._keys:
            self._keys[fields, epoch] = self._listed(fields, epoch)
        return self._keys[fields, epoch]

    def _listed(self, fields: tuple[str, ...], epoch: int) -> list[Key]:
        found: dict[Key, None] = {}
        live = self._live[epoch] if epoch >= 0 else 0
        for entry in _chosen(self._entries, live):
            choices = [self._values(entry, field) for field in fields]
            if all(choice is not None for choice in choices):
                found.update(dict.fromkeys(itertools.product(*choices)))  # type: ignore[arg-type]
        return list(found)

    def _values(self, entry: Assignment, field: str) -> Iterable[Scalar] | None:
        if field in entry.sets:
            return [entry.sets[field]]
        pattern = next((pattern for pattern in entry.match if pattern.field == field), None)
        return members(pattern) if pattern else None

    def _index(self) -> None:
        grouped: dict[str, dict[str, tuple[Pattern, int]]] = {field: {} for field in self.fields}
        self._free = dict.fromkeys(self.fields, 0)
        for place, entry in enumerate(self._entries):
            bit = 1 << place
            bound = {pattern.field: pattern for pattern in entry.match}
            for field in self.fields:
                if field not in bound:
                    self._free[field] |= bit
                    continue
                pattern = bound[field]
                _, mask = grouped[field].get(pattern.text, (pattern, 0))
                grouped[field][pattern.text] = (pattern, mask | bit)
            for name, value in entry.sets.items():
                by_value = self._sets.setdefault(name, {})
                by_value[value] = by_value.get(value, 0) | bit
        self._patterns = {field: list(patterns.values()) for field, patterns in grouped.items()}

    def _mask(self, field: str, value: Scalar | None) -> int:
        if value is None:
            return self._free[field]
        mask = self._masks.get((field, value))
        if mask is None:
            mask = self._free[field]
            for pattern, bits in self._patterns[field]:
                if accepts(pattern, value):
                    mask |= bits
            self._masks[field, value] = mask
        return mask

    def _assign(self, epoch: int, values: tuple[Scalar | None, ...]) -> list[Scalar | None]:
        mask = self._live[epoch] if epoch >= 0 else 0
        for field, value in zip(self.fields, values, strict=True):
            mask &= self._mask(field, value)
        sets: Mapping[str, Scalar] = self._entries[(mask & -mask).bit_length() - 1].sets if mask else {}
        return [_widened(sets.get(name), type_) for name, type_ in self.dimensions.items()]

    def _mask_of(self, fields: tuple[str, ...], key: Key, epoch: int) -> int:
        mask = self._live[epoch] if epoch >= 0 else 0
        for field, value in zip(fields, key, strict=True):
            if field in self.dimensions:
                mask &= self._sets.get(field, {}).get(value, 0)
            elif field in self._free:
                mask &= self._mask(field, value)
        # A field that no map looks at says nothing of a key; a key of such fields alone is not known.
        return mask if any(field in self.dimensions or field in self._free for field in fields) else 0

    def _of(self, fields: tuple[str, ...], key: Key, epoch: int) -> list[Assignment]:
        return list(_chosen(self._entries, self._mask_of(fields, key, epoch)))


def _live_at(zones: Sequence[ZoneMap], start: int) -> int:
    newest: dict[str, int] = {}
    for zone in zones:
        if zone.effective <= start:
            newest[zone.name] = max(zone.effective, newest.get(zone.name, zone.effective))
    mask, bit = 0, 1
    for zone in zones:
        for _ in zone.assignments:
            mask |= bit if newest.get(zone.name) == zone.effective else 0
            bit <<= 1
    return mask


def accepts(pattern: Pattern, value: Scalar) -> bool:
    """Whether a pattern of a zone map accepts a field's value."""
    text = _text(value)
    if text in pattern.texts or any(glob_match(glob).match(text) for glob in pattern.globs):
        return True
    if isinstance(value, str) or not pattern.ranges:
        return False
    return any(low <= value <= high for low, high in pattern.ranges)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _widened(value: Scalar | None, type_: str) -> Scalar | None:
    return float(value) if type_ == "float" and isinstance(value, int) else value


def _chosen(entries: list[Assignment], mask: int) -> Iterable[Assignment]:
    while mask:
        low = mask & -mask
        yield entries[low.bit_length() - 1]
        mask ^= low
