"""What a rule remembers: its keys, the windows that may still be corrected, what its detectors know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from framework.detectors.base import Array, Arrays, Bools, Column, Floats, Ints
from framework.episodes.machine import COLUMNS
from framework.episodes.watch import Watch

EPISODE = "episode"
# Of the memory itself, in microseconds: when a key was first seen, and last; under which name an episode is
# known whose firing was corrected. `holding`: what the clause came to, -1 also where nothing
# was judged.
OWN = {
    "entered": Column(np.int64, 0),
    "heard": Column(np.int64, 0),
    "holding": Column(np.int8, -1),
    "alias_from": Column(np.int64, 0),
    "alias_to": Column(np.int64, 0),
}
SILENT = {"silent": Column(np.int32, 0)}
FIGURES = ("value", "numerator", "denominator", "events")


@dataclass
class Past:
    """A window that may still be corrected: what was seen of it, and what was known beside it then."""

    start: int
    end: int
    figures: dict[str, Floats]
    known: Bools
    quiet: Bools
    judged: Bools
    context: dict[str, dict[str, Floats]]


@dataclass
class Tables:
    """A detector's long tables: those `stored` are read when asked for, those `changed` to be written."""

    read: Callable[[str], pl.DataFrame | None] = lambda name: None
    stored: frozenset[str] = frozenset()
    held: dict[str, pl.DataFrame] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """The names of all tables."""
        return sorted(self.stored | self.held.keys())

    def get(self, name: str) -> pl.DataFrame | None:
        """The table, or None where there is none yet."""
        if name not in self.held and name in self.stored:
            found = self.read(name)
            if found is not None:
                self.held[name] = found
        return self.held.get(name)

    def put(self, name: str, table: pl.DataFrame) -> None:
        """Keep a table from now on."""
        self.held[name] = table
        self.changed.add(name)


@dataclass
class Memory:
    """The memory of one rule: `keys` has a row a key, with its fields and what zone maps say of it.

    `now` is the track after the latest window, `settled` the track after the latest that can't be
    corrected any more, both by detector id and `episode`; between them lies `tail`. `row` are the
    keys' numbers for good, `next_row` the next. `notes` explain the open episodes, by row.

    A key that differs in `apart`, which zone maps say of it, is another one: it may be remembered elsewhere.
    `here` tells which keys are at home in a window that starts at a moment (microseconds); None: all.
    """

    watch: Watch
    keys: pl.DataFrame
    row: Ints
    next_row: int
    own: Arrays
    now: dict[str, Arrays]
    settled: dict[str, Arrays]
    learned: dict[str, Arrays]
    tail: list[Past]
    tables: dict[str, Tables]
    notes: dict[int, bytes] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    here: Callable[[pl.DataFrame, int], Bools] | None = None

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def of(cls, watch: Watch, keys: pl.DataFrame, apart: tuple[str, ...] = ()) -> Memory:
        """A memory of nothing; `keys` is an empty frame with the columns that keys will have."""
        return cls(
            watch=watch,
            keys=keys.clear(),
            row=np.zeros(0, dtype=np.int64),
            next_row=0,
            own=_empty(OWN, 0),
            now=_tracks(watch, 0),
            settled=_tracks(watch, 0),
            learned={one.id: _empty(one.columns()[1], 0) for one in watch.detectors},
            tail=[],
            tables={one.id: Tables() for one in watch.detectors},
            apart=apart,
        )

    @property
    def names(self) -> list[str]:
        """The columns that tell one key from another."""
        return list(dict.fromkeys((*self.watch.watched.fields, *self.apart)))

    @property
    def said(self) -> list[str]:
        """The columns that zone maps may say anew of a key."""
        names = self.names
        return [name for name in self.keys.columns if name not in names]

    def groups(self) -> list[Arrays]:
        """Every mapping of arrays that has a value a key."""
        past = [arrays for one in self.tail for arrays in (one.figures, *one.context.values())]
        return [self.own, *self.now.values(), *self.settled.values(), *self.learned.values(), *past]

    def meet(self, rows: pl.DataFrame, entered: Ints) -> Ints:
        """The place of each row's key; new ones are taken in. `entered`: when each row comes."""
        fields = self.names
        held = self.keys.select(fields).with_row_index("@place")
        found = rows.select(fields).join(held, on=fields, how="left", nulls_equal=True, maintain_order="left")
        missing = found["@place"].is_null()
        if missing.any():
            fresh = (
                rows.with_columns(pl.Series("@entered", entered))
                .filter(missing)
                .sort("@entered", maintain_order=True)
                .unique(fields, keep="first", maintain_order=True)
            )
            self._take_in(fresh.select(self.keys.columns), fresh["@entered"].to_numpy())
            return self.meet(rows, entered)
        place: Ints = found["@place"].to_numpy().astype(np.int64)
        return place

    def describe(self, rows: pl.DataFrame, place: Ints) -> None:
        """Take what the latest rows say of their keys."""
        said = self.said
        if not said or not rows.height:
            return
        latest = rows.with_columns(pl.Series("@place", place)).unique(
            "@place", keep="last", maintain_order=True
        )
        where = latest["@place"].to_numpy()
        if latest.select(said).equals(self.keys.select(said)[where]):
            return
        self.keys = self.keys.with_columns(self.keys[name].scatter(where, latest[name]) for name in said)

    def renew(self, place: Ints, entered: int) -> None:
        """Forget all of some keys but their names: they come anew."""
        count = len(place)
        for row in self.row[place].tolist():
            self.notes.pop(row, None)
        self.row = self.row.copy()
        self.row[place] = np.arange(self.next_row, self.next_row + count)
        self.next_row += count
        made = [_empty(OWN, count)]
        held = [self.own]
        for name, arrays in _tracks(self.watch, count).items():
            held += [self.now[name], self.settled[name]]
            made += [arrays, arrays]
        for one in self.watch.detectors:
            held.append(self.learned[one.id])
            made.append(_empty(one.columns()[1], count))
        for into, fresh in zip(held, made, strict=True):
            for name, values in fresh.items():
                into[name] = into[name].copy()
                into[name][place] = values
        for past in self.tail:
            past.known[place] = False
        self.own["entered"][place] = entered
        self.own["heard"][place] = entered

    def forget(self, gone: Bools) -> None:
        """Let go of some keys."""
        stay = ~gone
        self.keys = self.keys.filter(pl.Series(stay))
        lost = set(self.row[gone].tolist())
        self.notes = {row: note for row, note in self.notes.items() if row not in lost}
        self.row = self.row[stay]
        for arrays in self.groups():
            for name in arrays:
                arrays[name] = arrays[name][stay]
        for past in self.tail:
            past.known, past.quiet, past.judged = past.known[stay], past.quiet[stay], past.judged[stay]

    def lone(self) -> None:
        """Of keys that were told apart and no longer are, keep the one that was heard last."""
        names = self.names
        latest = self.keys.select(names).with_columns(
            pl.Series("@heard", self.own["heard"]), pl.Series("@row", self.row)
        )
        latest = latest.sort("@heard", "@row").unique(names, keep="last")
        if latest.height < len(self):
            self.forget(~np.isin(self.row, latest["@row"].to_numpy()))

    def _take_in(self, keys: pl.DataFrame, entered: Ints) -> None:
        count = keys.height
        self.keys = pl.concat([self.keys, keys])
        self.row = np.concatenate([self.row, np.arange(self.next_row, self.next_row + count)])
        self.next_row += count
        for held, made in (
            (self.now, _tracks(self.watch, count)),
            (self.settled, _tracks(self.watch, count)),
            (self.learned, {one.id: _empty(one.columns()[1], count) for one in self.watch.detectors}),
        ):
            for name, arrays in held.items():
                _append(arrays, made[name])
        _append(self.own, _empty(OWN, count))
        self.own["entered"][-count:] = entered
        self.own["heard"][-count:] = entered
        for past in self.tail:
            for arrays in (past.figures, *past.context.values()):
                _append(arrays, {name: np.full(count, np.nan) for name in arrays})
            past.known = np.concatenate([past.known, np.zeros(count, dtype=bool)])
            past.quiet = np.concatenate([past.quiet, np.zeros(count, dtype=bool)])
            past.judged = np.concatenate([past.judged, np.ones(count, dtype=bool)])


def columns_of(watch: Watch) -> dict[str, Mapping[str, Column]]:
    """The columns of every track of a rule, by detector id and `episode`."""
    found: dict[str, Mapping[str, Column]] = {one.id: one.columns()[0] for one in watch.detectors}
    return {EPISODE: COLUMNS | SILENT, **found}


def _tracks(watch: Watch, count: int) -> dict[str, Arrays]:
    return {name: _empty(columns, count) for name, columns in columns_of(watch).items()}


def _empty(columns: Mapping[str, Column], count: int) -> Arrays:
    return {name: column.empty(count) for name, column in columns.items()}


def _append(held: Arrays, made: Mapping[str, Array]) -> None:
    for name, values in made.items():
        held[name] = np.concatenate([held[name], values])
