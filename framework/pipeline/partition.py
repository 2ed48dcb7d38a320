"""Which partition of the state a key belongs to: the same on every machine, for good."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import polars as pl


def partitions_of(frame: pl.DataFrame, fields: tuple[str, ...], count: int) -> pl.Series:
    """The partition of each row's key."""
    if count == 1 or not fields:
        return pl.Series("@partition", [0], dtype=pl.Int64).new_from_index(0, frame.height)
    key = pl.concat_str([pl.col(f).cast(pl.String).fill_null("") for f in fields], separator="\x1f")
    texts = frame.select(key).to_series()
    # Not Polars' own hash: it may change with its version, and the state outlives a version.
    return pl.Series("@partition", [zlib.crc32(text.encode()) % count for text in texts], dtype=pl.Int64)


def split(frame: pl.DataFrame, fields: tuple[str, ...], count: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows by partition, in their order; partitions without a row are left out."""
    if count == 1 or not fields:
        yield 0, frame
        return
    place = partitions_of(frame, fields, count)
    for partition in place.unique().sort().to_list():
        yield partition, frame.filter(place == partition)
