"""Event times as written, to microseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from framework.definitions.model import TimeFormat

LATEST = 9_000_000_000_000_000  # in the year 2255: beyond it, a time is no time
_PER = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}


def parse_times(values: list[object], time_format: TimeFormat) -> pl.Series:
    """Times as Int64 microseconds; null where a value is no time from 1970 to 2255.

    ISO 8601 text without an offset is taken as UTC. Parts below a microsecond are cut off.
    """
    if time_format == "iso":
        parsed = _iso(pl.Series(values, dtype=pl.String))
    elif time_format == "ns":
        parsed = pl.Series(values, dtype=pl.Int64) // 1_000
    else:
        whole = pl.Series(values, dtype=pl.Float64, strict=False) * _PER[time_format]
        parsed = whole.set((whole.abs() > LATEST).fill_null(False), None).round().cast(pl.Int64)
    return parsed.set(((parsed < 0) | (parsed > LATEST)).fill_null(False), None)


def _iso(texts: pl.Series) -> pl.Series:
    fast = texts.str.strptime(pl.Datetime("us"), "%Y-%m-%dT%H:%M:%S%.fZ", strict=False).cast(pl.Int64)
    if fast.null_count() == 0:
        return fast
    rest = fast.is_null().arg_true()
    return fast.scatter(rest, [_one(text) for text in texts.gather(rest)])


def _one(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def iso(microseconds: int) -> str:
    """A time as documents write it: `2026-10-05T10:00:00Z`, with a fraction only where there is one."""
    text = datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = microseconds % 1_000_000
    return f"{text}.{fraction:06d}".rstrip("0") + "Z" if fraction else f"{text}Z"
