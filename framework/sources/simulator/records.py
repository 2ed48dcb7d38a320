"""A stretch of simulated records in the order in which they arrive."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Records:
    """`frame` has `arrival` (microseconds), `key` (partition key) and `line` (JSON), sorted by arrival."""

    frame: pl.DataFrame

    def __len__(self) -> int:
        return self.frame.height

    def text(self) -> str:
        """The lines as a file has them."""
        return "\n".join(self.frame["line"].to_list()) + "\n" if self.frame.height else ""

    def keyed(self) -> list[tuple[str, bytes]]:
        """The records as a stream takes them: partition key and data."""
        keys, lines = self.frame["key"].to_list(), self.frame["line"].to_list()
        return [(key, line.encode()) for key, line in zip(keys, lines, strict=True)]
