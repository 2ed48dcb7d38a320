"""Bad records as documents: nothing that was sent is lost without a word."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import msgspec
import polars as pl

from framework.pipeline.bad import Bad
from framework.pipeline.times import iso
from framework.sinks import Documents, Refused

SCHEMA = {"id": pl.String, "time": pl.Int64, "source": pl.String}


def dead_letters(bad: Iterable[Bad], pipeline: str) -> Documents:
    """One document a bad record; its `@timestamp` is when the record came, as far as that is known."""
    rows = [(f"deadletter:{one.shard}:{one.sequence}", one.time, _source(one, pipeline)) for one in bad]
    return Documents("deadletter", pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def refusals(refused: Iterable[Refused], pipeline: str, time: int) -> Documents:
    """Dead letters for documents that the sink will not take, with its reason."""
    bad = [Bad("refused", one.reason, "sink", one.id, one.source.encode(), time) for one in refused]
    return dead_letters(bad, pipeline)


def _source(bad: Bad, pipeline: str) -> str:
    letter: dict[str, Any] = {
        "reason": bad.reason,
        "detail": bad.detail,
        "shard": bad.shard,
        "sequence": bad.sequence,
    }
    try:
        letter["payload"] = bad.payload.decode()
    except UnicodeDecodeError:
        letter["payload_base64"] = base64.b64encode(bad.payload).decode()
    whole = {
        "@timestamp": iso(bad.time),
        "event": {"kind": "pipeline_error"},
        "deadletter": letter,
        "pipeline": {"name": pipeline},
    }
    return msgspec.json.encode(whole).decode()
