"""What goes wrong on the way to EMR, each in one line with its cure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"}
_MISSING = {"404", "NoSuchBucket", "ResourceNotFoundException", "NotFound"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
}
_BUSY = {"Throttling", "ThrottlingException", "SlowDown", "TooManyRequestsException", "ServiceUnavailable"}
_CREDENTIALS = "set AWS_PROFILE, log in with `aws sso login`, or run where a role gives them"


class EmrError(Exception):
    """A message in one line, with the cure."""


class WrongUse(EmrError):
    """The command was given what can't be."""


@contextlib.contextmanager
def plainly(what: str, action: str, missing: str = "check its name") -> Iterator[None]:
    """Turns what AWS says into an `EmrError` that names `what`, the right to the `action`, and the cure."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, S3UploadFailedError) as error:
        real = error.__context__ if isinstance(error, S3UploadFailedError) else error
        if isinstance(real, ClientError):
            raise EmrError(_refused(real.response, what, action, missing)) from None
        raise EmrError(_failed(real or error, what)) from None


def _failed(error: BaseException, what: str) -> str:
    from botocore import exceptions as aws

    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.TokenRetrievalError):
        return f"no AWS credentials: {_CREDENTIALS}"
    if isinstance(error, aws.ProfileNotFound):
        return f"{error}: give AWS_PROFILE one of `aws configure list-profiles`"
    if isinstance(error, aws.HTTPClientError | aws.ConnectionError):
        return f"AWS can't be reached ({str(error).splitlines()[0]}): check --region and the network"
    return f"{what}: {' '.join(str(error).split())}"


def _refused(response: Any, what: str, action: str, missing: str) -> str:
    code, said = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if code in _EXPIRED:
        return f"the AWS credentials have expired: {_CREDENTIALS}"
    if code in _UNKNOWN:
        return f"AWS does not know these credentials ({code}): {_CREDENTIALS}"
    if code in {"301", "PermanentRedirect", "IllegalLocationConstraintException"}:
        region = headers.get("x-amz-bucket-region")
        return f"{what} is in {region or 'another region'}: give --region {region or 'of the bucket'}"
    if code in _DENIED:
        policy = "runners/emr/cloudformation.yaml has the policy"
        return f"{what}: not allowed: your role needs {action}; {policy}"
    if code in _MISSING or ("is not valid" in said and "luster" in said):
        return f"{what} is not there: {missing}"
    if code in _BUSY:
        return f"{what}: AWS is busy ({code}): run this again in a minute"
    return f"{what}: AWS refused: {' '.join(said.split()) or code}"
