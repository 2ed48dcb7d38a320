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


@contextlib.contextmanager
def plainly(what: str, action: str, missing: str = "check its name") -> Iterator[None]:
    """Turns what AWS says into an `EmrError` that names `what`, the right to the `action`, and the cure."""
    from botocore import exceptions as aws

    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.TokenRetrievalError):
        raise EmrError(f"no AWS credentials: {_CREDENTIALS}") from None
    except aws.ProfileNotFound as error:
        raise EmrError(f"{error}: give AWS_PROFILE one of `aws configure list-profiles`") from None
    except (aws.HTTPClientError, aws.ConnectionError) as error:
        said = str(error).splitlines()[0]
        raise EmrError(f"AWS can't be reached ({said}): check --region and the network") from None
    except aws.ClientError as error:
        raise EmrError(_plain(error.response, what, action, missing)) from None
    except aws.ParamValidationError as error:
        raise EmrError(f"{what}: {' '.join(str(error).split())}") from None
    except aws.BotoCoreError as error:
        raise EmrError(f"{what}: {error}") from None


def _plain(response: Any, what: str, action: str, missing: str) -> str:
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
