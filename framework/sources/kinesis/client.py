"""The way to Kinesis: the client, which errors pass by themselves, and words for those that do not."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    SSLError,
)
from botocore.exceptions import ConnectionError as ConnectionLost
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

from framework.sources.base import SourceError

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

T = TypeVar("T")

log = logging.getLogger("sortline.kinesis")

PATIENCE = 120.0  # seconds that an endpoint may be out of reach
FIRST_WAIT, LAST_WAIT = 0.1, 5.0  # seconds between attempts
_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "KMSThrottlingException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}
_CREDENTIALS = {
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}


@dataclass(frozen=True)
class Stream:
    """A stream and where it is. `name` may be its ARN."""

    name: str
    region: str | None
    endpoint_url: str | None

    @property
    def named(self) -> Any:
        """The parameter that names the stream in a call."""
        return {"StreamARN" if self.name.startswith("arn:") else "StreamName": self.name}

    def client(self) -> KinesisClient:
        """This process's client for the stream. Raises `SourceError`."""
        return _client(self.region, self.endpoint_url)

    def __str__(self) -> str:
        return f"Kinesis stream {self.name}" + (f" at {self.endpoint_url}" if self.endpoint_url else "")


@functools.lru_cache(maxsize=8)
def _client(region: str | None, endpoint_url: str | None) -> KinesisClient:
    # Retries are ours: they keep to a shard's limits, and end when a run is told to stop.
    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=32,
    )
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    session = boto3.Session(botocore_session=core)
    more: Any = {}
    if endpoint_url and session.get_credentials() is None:
        more = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}  # an emulator takes any
    if endpoint_url and not (region or session.region_name):
        region = "us-east-1"
    try:
        return session.client("kinesis", region_name=region, endpoint_url=endpoint_url, config=config, **more)
    except NoRegionError:
        raise SourceError(
            "Kinesis needs a region: set it in the pipeline's source, or AWS_DEFAULT_REGION"
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise SourceError(f"no way to Kinesis: {error}") from None


def _moment(value: Any) -> datetime:
    """A time as the service writes it. The client's own way takes as long as the rest of a record."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    parsed: datetime = parse_timestamp(value)
    return parsed


def code(error: Exception) -> str:
    """The error's code as AWS names it, or nothing."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_throttled(error: Exception) -> bool:
    """Whether the answer was to come again later: that is no fault, however long it lasts."""
    return code(error) in _THROTTLED


def is_passing(error: Exception) -> bool:
    """Whether the same call may go well in a moment."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return is_throttled(error) or status >= 500 or status == 429 or code(error) == "RequestTimeout"
    lost = isinstance(error, ConnectionLost | HTTPClientError | IncompleteReadError | ResponseParserError)
    return lost and not isinstance(error, SSLError)


def explained(error: Exception, stream: Stream) -> SourceError:
    """What is wrong, and the cure, for a person."""
    name = code(error)
    message = (
        error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
    )
    if name == "ResourceNotFoundException":
        return SourceError(f"{stream} is not there: check its name, region and --endpoint-url, or create it")
    if name.startswith("AccessDenied"):
        return SourceError(
            f"{stream} may not be read ({message}): allow kinesis:ListShards, kinesis:GetShardIterator "
            "and kinesis:GetRecords to the role of this run"
        )
    if name in _CREDENTIALS or isinstance(error, NoCredentialsError):
        return SourceError(
            f"{stream}: AWS does not take the credentials ({message}): renew them, or set AWS_PROFILE"
        )
    if name == "InvalidArgumentException" and "equence" in message:
        return SourceError(
            f"{stream} does not know a position of the checkpoint ({message}): was it deleted and made "
            "again? Then start a new --checkpoint"
        )
    if is_passing(error):
        return SourceError(
            f"{stream} is out of reach ({message}): see that it is up, then run the same command again"
        )
    return SourceError(f"{stream}: {message or name or error}")


def patiently(
    call: Callable[[], T],
    stream: Stream,
    *,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """What the call gives, after as many attempts as it takes. Raises `SourceError` when there is no hope.

    Waits are exponential with jitter, from 0.1 to 5 seconds. Throttling is waited out without end.
    """
    wait, since, told = FIRST_WAIT, clock(), False
    while True:
        try:
            return call()
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            if code(error) == "ExpiredIteratorException":
                raise
            if is_throttled(error):
                since = clock()
            if not is_passing(error) or clock() - since > patience:
                raise explained(error, stream) from None
            if wait > 1 and not told and not is_throttled(error):
                told = True
                log.warning("%s; trying again for %g s", explained(error, stream), patience)
        sleep(wait * (0.5 + random.random()))
        wait = min(LAST_WAIT, 2 * wait)
