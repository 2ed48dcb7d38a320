"""A bucket on an S3 emulator, and what S3 answers when something is wrong."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import boto3

from framework.state.s3 import S3Store
from tests.services.proxy import Answer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": REGION,
}


class Bucket:
    """A new bucket."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, f"sortline-{uuid.uuid4().hex[:12]}"
        self.client: S3Client = boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
        )
        self.client.create_bucket(Bucket=self.name)

    def store(self, prefix: str = "checkpoints/one", url: str | None = None) -> S3Store:
        """The store of a prefix; `url` is a way to the bucket other than the straight one."""
        return S3Store(self.name, prefix, REGION, url or self.url)

    def keys(self) -> list[str]:
        """The keys of all its objects."""
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]


def refusal(status: int, code: str, message: str = "no") -> Answer:
    """An error as S3 words it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    headers = (("content-type", "application/xml"), ("x-amz-bucket-region", "eu-central-1"))
    return Answer(status, body.encode(), headers)
