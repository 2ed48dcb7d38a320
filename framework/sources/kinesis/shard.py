"""One shard, read forwards from a position."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from framework.sources.base import SourceError
from framework.sources.kinesis.client import Stream, code, patiently
from framework.sources.kinesis.limits import Limit, limit_of
from framework.sources.kinesis.records import Records

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import GetRecordsOutputTypeDef

MOST = 10_000  # records a call
TRIM_HORIZON = "TRIM_HORIZON"
AT_TIME = "AT_TIMESTAMP:"
AT_SEQUENCE = "AT_SEQUENCE_NUMBER:"

log = logging.getLogger("sortline.kinesis")


class Shard:
    """Reads on from a position: `TRIM_HORIZON`, `AT_TIMESTAMP:iso`, `AT_SEQUENCE_NUMBER:n`, or after `n`.

    `latest` reads a time that is only now being fixed from the tip itself. `check` tells that the
    record at the position was read before, and that a gap after it is to be reported.
    After `fetch`, `tip` says whether nothing was left, `closed` that nothing will ever come.
    """

    def __init__(
        self,
        stream: Stream,
        shard: str,
        position: str,
        *,
        latest: bool = False,
        check: bool = False,
        limit: Limit | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.stream, self.shard, self.position = stream, shard, position
        self.tip = self.closed = False
        self._latest = latest
        self._seen = position if check and position.isdigit() else None
        self._last = position if position.isdigit() else None
        self._since: float | None = None
        self._iterator: str | None = None
        self._limit = limit or limit_of(stream, shard)
        self._sleep = sleep

    def fetch(self) -> Records:
        """What one call gives, perhaps nothing. Waits as the shard's limits ask. Raises `SourceError`."""
        found = Records()
        if self.closed:
            return found
        answer = self._answer()
        records = answer["Records"]
        self._limit.spend(sum(len(record["Data"]) for record in records))
        behind = answer.get("MillisBehindLatest") or 0
        self._iterator = answer.get("NextShardIterator")
        self.closed = self._iterator is None
        self.tip = self.closed or (behind == 0 and len(records) < MOST)
        if records:
            self._last = records[-1]["SequenceNumber"]
            if self._seen is not None:
                records = self._checked(records)
            if self._since is not None:
                since = self._since
                records = [one for one in records if one["ApproximateArrivalTimestamp"].timestamp() >= since]
        found.add(records)
        return found

    def _answer(self) -> GetRecordsOutputTypeDef:
        while True:
            if self._iterator is None:
                self._iterator = self._open()
            try:
                return patiently(self._get, self.stream, sleep=self._sleep)
            except ClientError as error:
                if code(error) != "ExpiredIteratorException":
                    raise
                self._iterator = None

    def _get(self) -> GetRecordsOutputTypeDef:
        while wait := self._limit.delay():
            self._sleep(wait)
        more = self.stream.named if self.stream.name.startswith("arn:") else {}
        return self.stream.client().get_records(ShardIterator=str(self._iterator), Limit=MOST, **more)

    def _open(self) -> str:
        """An iterator after the last record that was read, or else at the position."""
        client, where = self.stream.client(), self._where()

        def call() -> str:
            try:
                answer = client.get_shard_iterator(**self.stream.named, ShardId=self.shard, **where)
            except ReadTimeoutError:
                if "Timestamp" not in where or self._since is not None:
                    raise
                # Kinesalite never answers for a time after the last record: look for it ourselves.
                self._since = where["Timestamp"].timestamp()
                where.clear()
                where["ShardIteratorType"] = TRIM_HORIZON
                return call()
            return answer["ShardIterator"]

        return patiently(call, self.stream, sleep=self._sleep)

    def _where(self) -> dict[str, Any]:
        if self._last is not None:
            # The last record is asked for again, once, to see that the stream still has it.
            kind = "AT_SEQUENCE_NUMBER" if self._seen == self._last else "AFTER_SEQUENCE_NUMBER"
            return {"ShardIteratorType": kind, "StartingSequenceNumber": self._last}
        if self._latest:
            return {"ShardIteratorType": "LATEST"}
        if self.position.startswith(AT_TIME):
            when = datetime.fromisoformat(self.position.removeprefix(AT_TIME))
            return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": when}
        if self.position.startswith(AT_SEQUENCE):
            sequence = self.position.removeprefix(AT_SEQUENCE)
            return {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": sequence}
        if self.position == TRIM_HORIZON:
            return {"ShardIteratorType": TRIM_HORIZON}
        raise SourceError(f"'{self.position}' is no position in {self.stream}: start a new --checkpoint")

    def _checked(self, records: list[Any]) -> list[Any]:
        seen, self._seen = self._seen, None
        if records[0]["SequenceNumber"] == seen:
            return records[1:]
        log.warning(
            "%s, shard %s: the record that was read last is gone. If the run was stopped for longer than the "
            "stream keeps records, those between it and %s are lost; let the stream keep them longer",
            self.stream,
            self.shard,
            records[0]["ApproximateArrivalTimestamp"].isoformat(),
        )
        return records
