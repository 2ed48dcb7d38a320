"""Opens the store of a checkpoint by its name on the command line."""

from __future__ import annotations

import re

from framework.state.store import CheckpointError, FolderStore, ObjectStore


def open_store(spec: str, *, endpoint_url: str | None = None, durable: bool = True) -> ObjectStore:
    """The store of `s3://BUCKET/PREFIX`, or of a folder. Raises `CheckpointError` for any other address.

    `endpoint_url` is S3's, where it is not AWS's own; `durable` makes a folder outlive the machine's death.

    >>> str(open_store("s3://bucket/checkpoints/berlin/"))
    's3://bucket/checkpoints/berlin'
    """
    scheme, separator, rest = spec.partition("://")
    if not separator:
        return FolderStore(spec, durable)
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not re.fullmatch(r"[\w.-]{3,}", bucket):
        raise CheckpointError(f"'{spec}' is no checkpoint: write a folder, or s3://BUCKET/PREFIX")
    from framework.state.s3 import S3Store

    return S3Store(bucket, prefix, endpoint_url=endpoint_url)
