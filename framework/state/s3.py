"""A checkpoint's objects on S3: conditional writes, and patience with what passes by itself."""

from __future__ import annotations

import functools
import logging
import os
import random
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
)
from botocore.parsers import ResponseParserError

from framework.sources.kinesis.client import code, is_passing
from framework.state.store import AlreadyExists, CheckpointError, ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

log = logging.getLogger("sortline.checkpoint")

PATIENCE = 120.0  # seconds that S3 may be out of reach, or ask to be asked less
FIRST_WAIT, LAST_WAIT = 0.1, 10.0  # seconds between attempts
CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 30.0  # seconds
_DELETED = 1_000  # objects a call
_WRITER = "writer"
_ABSENT = {"404", "NoSuchKey"}
_BEYOND = {"416", "InvalidRange"}
_TAKEN = {"412", "PreconditionFailed"}
# Besides what passes for all services: another write of the same name is under way.
_PASSING = {"ConditionalRequestConflict", "OperationAborted", "InternalError", "ServiceUnavailable"}
_REGION = {"301", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
_CREDENTIALS = {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError, SSOError)


class S3Store(ObjectStore):
    """Objects under a prefix of a bucket. The client is the process's, so workers may have copies.

    Each `create` marks its object with a token of its own. When the name then turns out to be taken,
    the token tells whether by this very call, in an attempt whose answer was lost on the way.
    """

    def __init__(
        self, bucket: str, prefix: str = "", region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self.bucket, self.prefix = bucket, prefix.strip("/")
        self.region, self.endpoint_url = region, endpoint_url

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def create(self, name: str, data: bytes) -> None:
        place, token = self._place(name), uuid.uuid4().hex
        try:
            self._patiently(
                lambda s3: s3.put_object(**place, Body=data, IfNoneMatch="*", Metadata={_WRITER: token}),
                but=_TAKEN,
            )
        except ClientError:
            if self._writer(name) != token:
                raise AlreadyExists(name) from None

    def put(self, name: str, data: bytes) -> None:
        place = self._place(name)
        self._patiently(lambda s3: s3.put_object(**place, Body=data))

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        place = self._place(name)
        if start or length is not None:
            place["Range"] = f"bytes={start}-" + ("" if length is None else str(start + length - 1))

        def read(s3: S3Client) -> bytes:
            answer = s3.get_object(**place)
            data = answer["Body"].read()
            # A service may answer a range with all there is.
            return data if answer["ResponseMetadata"]["HTTPStatusCode"] == 206 else data[start:][:length]

        try:
            return self._patiently(read, but=_ABSENT | _BEYOND)
        except ClientError as error:
            if code(error) in _BEYOND:
                return b""
            raise KeyError(name) from None

    def names(self, prefix: str) -> list[str]:
        wanted: Any = {"Bucket": self.bucket, "Prefix": self._key(prefix)}
        found: list[str] = []
        while True:
            page = self._patiently(lambda s3: s3.list_objects_v2(**wanted))
            found += [one["Key"].removeprefix(self._key("")) for one in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                # A folder made in the console is an object that ends in a slash.
                return sorted(name for name in found if not name.endswith("/"))
            wanted["ContinuationToken"] = page["NextContinuationToken"]

    def delete(self, name: str) -> None:
        self.delete_many([name])

    def delete_many(self, names: Iterable[str]) -> None:
        keys: list[Any] = [{"Key": self._key(name)} for name in names]
        while keys:
            some, keys = keys[:_DELETED], keys[_DELETED:]
            self._patiently(functools.partial(_delete, self.bucket, some))

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _place(self, name: str) -> Any:
        return {"Bucket": self.bucket, "Key": self._key(name)}

    def _writer(self, name: str) -> str | None:
        """The token of whoever created an object; None when it is gone again."""
        place = self._place(name)
        try:
            return self._patiently(lambda s3: s3.head_object(**place), but=_ABSENT)["Metadata"].get(_WRITER)
        except ClientError:
            return None

    def _patiently(self, call: Callable[[S3Client], T], but: Collection[str] = ()) -> T:
        """What the call gives, after as many attempts as it takes.

        Waits are exponential with jitter. Raises `ClientError` for the codes of `but`, and
        `CheckpointError` when there is no hope, or none left.
        """
        wait, since, told = FIRST_WAIT, time.monotonic(), False
        while True:
            try:
                return call(_client(os.getpid(), self.region, self.endpoint_url))
            except (ClientError, BotoCoreError, ResponseParserError, ValueError) as error:
                if code(error) in but:
                    raise
                if not _is_passing(error) or time.monotonic() - since > PATIENCE:
                    raise self._explained(error) from None
                if wait > 1 and not told:
                    told = True
                    log.warning("%s; trying again for %g s", self._explained(error), PATIENCE)
            time.sleep(wait * (0.5 + random.random()))
            wait = min(LAST_WAIT, 2 * wait)

    def _explained(self, error: Exception) -> CheckpointError:
        """What is wrong, and the cure, for a person."""
        name, status, message = code(error), 0, str(error)
        if isinstance(error, ClientError):
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            message = error.response.get("Error", {}).get("Message", "") or name
        where = f"checkpoint {self}" + (f" at {self.endpoint_url}" if self.endpoint_url else "")
        if name in _CREDENTIALS or isinstance(error, _NO_CREDENTIALS):
            cure = "give credentials that AWS takes: by the machine's role, AWS_PROFILE or the environment"
        elif name in _REGION:
            cure = f"bucket {self.bucket} is in another region: set AWS_DEFAULT_REGION to it"
        elif name == "AccessDenied" or status == 403:
            cure = (
                f"allow s3:ListBucket on bucket {self.bucket}, and s3:GetObject, s3:PutObject and "
                "s3:DeleteObject on its objects, to the role of this run"
            )
        elif name == "NoSuchBucket" or status == 404:
            cure = f"there is no bucket {self.bucket}: create it, or correct --checkpoint"
        elif name == "NotImplemented":
            cure = "this endpoint lacks what a checkpoint needs, such as conditional writes: choose another"
        elif _is_passing(error):
            cure = "it is out of reach: see that it is up, then run the same command again"
        else:
            cure = "see that bucket, region and endpoint are the right ones"
        return CheckpointError(f"{where}: {cure} ({message})")


def _is_passing(error: Exception) -> bool:
    return code(error) != "NotImplemented" and (code(error) in _PASSING or is_passing(error))


def _delete(bucket: str, keys: list[Any], s3: S3Client) -> None:
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    for failed in answer.get("Errors", ()):
        raise ClientError(
            {"Error": {"Code": failed["Code"], "Message": failed.get("Message", "")}}, "DeleteObjects"
        )


@functools.lru_cache(maxsize=8)
def _client(process: int, region: str | None, endpoint_url: str | None) -> S3Client:
    """A client of this process: one that was made before a fork must not be used after it."""
    # One attempt a call: an attempt that the client repeats by itself hides that its first may have written.
    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=32,
        s3={"addressing_style": "path" if endpoint_url else "auto"},
    )
    session = boto3.Session()
    more: Any = {}
    if endpoint_url and session.get_credentials() is None:
        more = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}  # an emulator takes any
    if endpoint_url and not (region or session.region_name):
        region = "us-east-1"
    return session.client("s3", region_name=region, endpoint_url=endpoint_url, config=config, **more)
