"""Puts records into a Kinesis stream, for simulations and tests."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from framework.sources.base import SourceError
from framework.sources.kinesis.client import Stream, code, explained, patiently

_RECORDS = 500  # a call
_BYTES = 4_000_000  # a call
_THREADS = 4
_STARTS = 60.0  # seconds for a stream to become active
_RETRIED = {"ProvisionedThroughputExceededException", "InternalFailure", "ServiceUnavailable"}


class KinesisWriter:
    """Writes to one stream. Records of one call may arrive in another order. Raises `SourceError`."""

    def __init__(
        self,
        stream: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stream = Stream(stream, region, endpoint_url)
        self._client = self._stream.client()
        self._pool = ThreadPoolExecutor(_THREADS)
        self._sleep = sleep

    def put(self, records: Sequence[tuple[str, bytes]]) -> None:
        """Write records of (partition key, data); when it returns, the stream has all of them."""
        list(self._pool.map(self._put, _calls(records)))

    def ensure_stream(self, shards: int) -> None:
        """Make the stream with so many shards, if it is not there, and wait until it takes records."""
        until = time.monotonic() + _STARTS
        while time.monotonic() < until:
            status = self._status()
            if status == "ACTIVE":
                return
            if status == "":
                self._create(shards)
            self._sleep(0.1)
        raise SourceError(f"{self._stream} is still not active after {_STARTS:g} s")

    def _status(self) -> str:
        def call() -> str:
            try:
                answer = self._client.describe_stream_summary(**self._stream.named)
            except ClientError as error:
                if code(error) == "ResourceNotFoundException":
                    return ""
                raise
            return answer["StreamDescriptionSummary"]["StreamStatus"]

        return patiently(call, self._stream, sleep=self._sleep)

    def _create(self, shards: int) -> None:
        try:
            self._client.create_stream(StreamName=self._stream.name, ShardCount=shards)
        except (ClientError, BotoCoreError) as error:
            if code(error) != "ResourceInUseException":
                raise explained(error, self._stream) from None

    def _put(self, records: list[dict[str, Any]]) -> None:
        wait = 0.05
        while True:
            asked: Any = records
            answer = patiently(
                lambda asked=asked: self._client.put_records(**self._stream.named, Records=asked),  # type: ignore[misc]
                self._stream,
                sleep=self._sleep,
            )
            if not answer.get("FailedRecordCount"):
                return
            failed = [
                (record, said)
                for record, said in zip(records, answer["Records"], strict=True)
                if said.get("ErrorCode")
            ]
            final = [said for _, said in failed if said["ErrorCode"] not in _RETRIED]
            if final:
                raise SourceError(f"{self._stream} refuses a record: {final[0].get('ErrorMessage')}")
            records = [record for record, _ in failed]
            self._sleep(wait * (0.5 + random.random()))
            wait = min(2.0, 2 * wait)


def _calls(records: Sequence[tuple[str, bytes]]) -> Iterator[list[dict[str, Any]]]:
    """The records in as few calls as the service allows."""
    call: list[dict[str, Any]] = []
    size = 0
    for key, data in records:
        length = len(key.encode()) + len(data)
        if call and (len(call) == _RECORDS or size + length > _BYTES):
            yield call
            call, size = [], 0
        call.append({"PartitionKey": key, "Data": data})
        size += length
    if call:
        yield call
