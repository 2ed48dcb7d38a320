"""Frames on their way from one step to another: by reference inside a process, as Arrow between two."""

from __future__ import annotations

import io
import itertools
import pickle
from typing import Any

import polars as pl
from apache_beam.coders import Coder, registry

_held: dict[int, Any] = {}
_numbers = itertools.count()
_local = False


class Carried:
    """Any values with frames in them. Pickling it costs nothing when all steps run in this process."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        if _local:
            number = next(_numbers)
            _held[number] = self.value
            return _take, (number,)
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=5).dump(self.value)
        return _read, (buffer.getvalue(),)


def carry_by_reference(local: bool) -> None:
    """Say whether all steps run in this process; forgets what was carried before."""
    global _local
    _local = local
    _held.clear()


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, pl.DataFrame):
            buffer = io.BytesIO()
            value.write_ipc_stream(buffer, compression="lz4")
            return _frame, (buffer.getvalue(),)
        return NotImplemented


def _take(number: int) -> Carried:
    return Carried(_held[number])


def _read(data: bytes) -> Carried:
    return Carried(pickle.loads(data))


def _frame(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(data))


class CarriedCoder(Coder):
    """Carries as pickle does, but never does so only to tell Beam how large an element is."""

    def encode(self, value: Carried) -> bytes:
        return pickle.dumps(value, protocol=5)

    def decode(self, encoded: bytes) -> Carried:
        carried: Carried = pickle.loads(encoded)
        return carried

    def estimate_size(self, value: Carried) -> int:
        """A made-up size: the true one costs as much as sending it, on every edge of the graph."""
        return 1

    def is_deterministic(self) -> bool:
        return False

    def to_type_hint(self) -> type:
        return Carried

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CarriedCoder)

    def __hash__(self) -> int:
        return hash(CarriedCoder)


registry.register_coder(Carried, CarriedCoder)
