"""Documents in bulk: chunks by bytes, and what becomes of each document."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from elastic_transport import TransportError
from elasticsearch import ApiError, UnsupportedProductError

from framework.sinks.base import Refused, SinkUnavailable
from framework.sinks.elasticsearch.cluster import (
    FIRST_WAIT,
    LAST_WAIT,
    Cluster,
    explained,
    is_passing,
    jittered,
    reason,
    tell,
)

CHUNK = 5_000_000  # bytes a call
_ANSWER = "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason"
_TOO_LARGE = 413


@dataclass
class Outcome:
    """What became of documents: refused for good, superseded by a newer version, to be sent again."""

    refused: list[Refused] = field(default_factory=list)
    superseded: int = 0
    again: list[int] = field(default_factory=list)  # their places in the chunk
    detail: str = ""  # why they are to be sent again


def lines(frame: pl.DataFrame, alias: str, date: str, version: int) -> pl.DataFrame:
    """Documents (`id`, `time`, `source`) as `id`, `source` and `line`: the action and the source, as sent."""
    moment = pl.from_epoch("time", time_unit="us")
    action = pl.struct(
        pl.concat_str(pl.lit(f"{alias}-"), moment.dt.strftime(date)).alias("_index"),
        pl.col("id").alias("_id"),
        pl.lit(version).alias("version"),
        pl.lit("external_gte").alias("version_type"),
    ).struct.json_encode()
    line = pl.concat_str(pl.lit('{"index":'), action, pl.lit("}\n"), "source", pl.lit("\n"))
    return frame.select("id", "source", line.alias("line"))


def chunks(sent: pl.DataFrame, size: int = CHUNK) -> Iterator[pl.DataFrame]:
    """The lines in parts of at most `size` bytes; a larger document is a part of its own."""
    begin = total = 0
    for place, length in enumerate(sent["line"].str.len_bytes()):
        if total and total + length > size:
            yield sent[begin:place]
            begin, total = place, 0
        total += length
    if begin < sent.height:
        yield sent[begin:]


class Bulk:
    """Sends chunks until each document is in the index, superseded or refused.

    Raises `SinkUnavailable` after `patience` seconds without a document taken, and at once for what
    waiting does not cure.
    """

    def __init__(
        self,
        cluster: Cluster,
        patience: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster, self._patience, self._clock, self._sleep = cluster, patience, clock, sleep

    def send(self, chunk: pl.DataFrame) -> list[Refused]:
        """Send a chunk. Gives the documents that Elasticsearch will never take."""
        refused: list[Refused] = []
        waiting = [chunk]
        wait, since = FIRST_WAIT, self._clock()
        while waiting:
            part = waiting.pop()
            try:
                outcome = self._once(part)
            except (ApiError, TransportError, UnsupportedProductError) as error:
                if isinstance(error, ApiError) and error.meta.status in (400, _TOO_LARGE):
                    waiting += self._halves(part, error, refused)
                    continue
                if not is_passing(error) or self._clock() - since > self._patience:
                    raise explained(error, self._cluster) from None
                if wait == FIRST_WAIT:
                    tell(error, self._cluster, self._patience)
                waiting.append(part)
            else:
                refused += outcome.refused
                if len(outcome.again) < part.height:
                    wait, since = FIRST_WAIT, self._clock()
                if not outcome.again:
                    continue
                if self._clock() - since > self._patience:
                    raise SinkUnavailable(f"{self._cluster} takes no more documents: {outcome.detail}")
                waiting.append(part[outcome.again])
            self._sleep(jittered(wait))
            wait = min(LAST_WAIT, 2 * wait)
        return refused

    def _once(self, part: pl.DataFrame) -> Outcome:
        body = "".join(part["line"]).encode()
        answer: Any = self._cluster.client().bulk(operations=body, filter_path=_ANSWER)  # type: ignore[arg-type]
        return judge(answer.body, part, self._cluster) if answer.body.get("errors") else Outcome()

    def _halves(self, part: pl.DataFrame, error: ApiError, refused: list[Refused]) -> list[pl.DataFrame]:
        """A call that is refused as a whole is made for each half, down to the document that is at fault."""
        if part.height > 1:
            half = part.height // 2
            return [part[:half], part[half:]]
        why = reason(error)
        if error.meta.status == _TOO_LARGE:
            why = (
                f"larger than Elasticsearch takes in one call ({part['line'].str.len_bytes().sum():,} bytes)"
            )
        refused.append(Refused(part["id"][0], part["source"][0], why))
        return []


def judge(answer: dict[str, Any], part: pl.DataFrame, cluster: Cluster) -> Outcome:
    """What became of each document of a call. Raises `SinkUnavailable` for what is no document's fault."""
    outcome = Outcome()
    for place, item in enumerate(answer["items"]):
        result = item["index"]
        status = result["status"]
        if status < 300:
            continue
        error = result.get("error", {})
        why = ": ".join(
            dict.fromkeys(filter(None, (error.get("reason"), error.get("caused_by", {}).get("reason"))))
        )
        if status == 409:
            outcome.superseded += 1
        elif status == 429 or status >= 500:
            outcome.again.append(place)
            outcome.detail = why
        elif status == 400 and error.get("type") != "validation_exception":
            outcome.refused.append(Refused(part["id"][place], part["source"][place], why))
        else:  # such as: too many shards, a read-only index, no privilege
            raise SinkUnavailable(f"{cluster} takes no documents: {why or error.get('type') or status}")
    return outcome
