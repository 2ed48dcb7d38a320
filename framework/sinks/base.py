"""What a sink is: it takes documents in columns, and the newest version of each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from framework.definitions.model import Definitions

KINDS = ("kpi", "alert", "deadletter")


class SinkUnavailable(Exception):
    """A sink could not be written to, also after trying again; the message names it and the cure."""


@dataclass(frozen=True)
class Documents:
    """Documents of one kind: `kpi`, `alert` or `deadletter`.

    `frame` has `id`, `time` (microseconds: it picks the index) and `source` (the document's JSON).
    """

    kind: str
    frame: pl.DataFrame


@dataclass(frozen=True)
class Refused:
    """A document that the sink will never take, with its reason."""

    id: str
    source: str
    reason: str


class Sink(Protocol):
    """Takes documents; can be pickled before it is first written to."""

    provisional: bool  # whether it wants the documents of windows that are still open

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        """Prepare once, in the driver. `fresh`: the run begins anew; nothing written before is its own."""

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        """Write so that a replay changes nothing and an older version loses. Raises `SinkUnavailable`.

        `part` names these documents, the same in a replay; `version` grows from tick to tick.
        """

    def finish(self) -> None:
        """Round off after a clean stop."""
