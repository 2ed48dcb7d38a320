"""A checkpoint's objects on S3: conditional writes, strong listings, and patience with what passes."""

from __future__ import annotations

import functools
import logging
import os
import random
import time
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from botocore.parsers import ResponseParserError

from framework.sources.kinesis.client import code, is_passing
from framework.state.store import AlreadyExists, CheckpointError, ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

log = logging.getLogger("sortline.checkpoint")

PATIENCE = 120.0  # seconds that S3 may be out of reach, or slow us down
FIRST_WAIT, LAST_WAIT = 0.1, 10.0  # seconds between attempts
CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30  # seconds
_DELETED = 1_000  # objects a call
_WRITER = "writer"
_ABSENT = {"404", "NoSuchKey"}
_TAKEN = {"412", "PreconditionFailed"}
# Another write of the same name is under way: come again and see how it ended.
_CONFLICT = {"ConditionalRequestConflict", "OperationAborted"}
_REGION = {"301", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
_CREDENTIALS = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}


class S3Store(ObjectStore):
    """Objects under a prefix of a bucket. Its client is of the process, so a copy in another makes its own.

    Every `create` marks its object with a token of its own. When a name turns out to be taken, the
    token tells whether by this very call, whose first answer was lost on the way.
    """

    def __init__(
        self, bucket: str, prefix: str = "", region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self.bucket, self.prefix = bucket, prefix.strip("/")
        self.region, self.endpoint_url = region, endpoint_url

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def create(self, name: str, data: bytes) -> None:
        token = uuid.uuid4().hex
        place: Any = self._place(name)
        try:
            self._patiently(
                lambda client: client.put_object(
                    **place, Body=data, IfNoneMatch="*", Metadata={_WRITER: token}
                )
            )
        except _Answer as answer:
            if answer.code not in _TAKEN:
                raise self._explained(answer.error) from None
            if self._writer(name) != token:
                raise AlreadyExists(name) from None

    def put(self, name: str, data: bytes) -> None:
        place: Any = self._place(name)
        self._plainly(lambda client: client.put_object(**place, Body=data))

    def get(self, name: str) -> bytes:
        place: Any = self._place(name)
        try:
            return self._patiently(lambda client: client.get_object(**place)["Body"].read())
        except _Answer as answer:
            if answer.code not in _ABSENT:
                raise self._explained(answer.error) from None
            raise KeyError(name) from None

    def names(self, prefix: str) -> list[str]:
        found: list[str] = []
        more: Any = {}
        while True:
            page = self._plainly(
                lambda client, more=more: client.list_objects_v2(  # type: ignore[misc]
                    Bucket=self.bucket, Prefix=self._key(prefix), **more
                )
            )
            found += [one["Key"].removeprefix(self._key("")) for one in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                # S3's console makes objects that end in a slash and mean a folder.
                return sorted(name for name in found if not name.endswith("/"))
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, name: str) -> None:
        self.delete_many([name])
