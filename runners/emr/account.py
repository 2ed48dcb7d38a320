"""The AWS account at hand: its region, its clients, a place in a bucket."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from typing import Any

from runners.emr.problems import WrongUse, plainly


def region(given: str | None) -> str:
    """The region given, or the one that AWS's own tools would take. Raises `WrongUse`, `EmrError`."""
    import boto3

    with plainly("AWS", "nothing"):
        own = boto3.Session().region_name
    found = given or os.environ.get("AWS_REGION") or own
    if not found:
        raise WrongUse("no AWS region: give --region, or set AWS_REGION")
    return found


def clients(region: str) -> Callable[[str], Any]:
    """Gives boto3's client of a service, always the same."""
    import boto3

    session: Any = boto3.Session(region_name=region)
    return functools.cache(lambda service: session.client(service))


def place(bucket: str, prefix: str) -> tuple[str, str]:
    """A bucket, and a prefix without slashes at its ends. Raises `WrongUse`.

    >>> place("my-bucket", "/a/b/")
    ('my-bucket', 'a/b')
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise WrongUse(f"'{bucket}' can't be a bucket's name: give --bucket the name alone")
    bare = prefix.strip("/")
    if not re.fullmatch(r"[\w.=-]+(/[\w.=-]+)*", bare, re.ASCII):
        raise WrongUse(f"'{prefix}' can't be a --prefix: use letters, digits, '.', '-', '_' and '/'")
    return bucket, bare
