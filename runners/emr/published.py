"""Definitions on S3, which a run on a cluster follows: new ones count from its next tick on."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runners.emr.problems import EmrError, plainly

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# s3://BUCKET/KEY of an archive of definitions.
VARIABLE = "SORTLINE_DEFINITIONS"
FOLDER = "published"
_EVERY = 5.0  # seconds between looks


def key(prefix: str, pipeline: str) -> str:
    """Where a pipeline's definitions are published, always the same."""
    return f"{prefix}/definitions/{pipeline}.tar.gz"


def follow(bundled: Path, folder: Path, every: float = _EVERY) -> Following | None:
    """Lay the published definitions into `folder`, those of the bundle before any are, and follow them.

    Does nothing where no place is named. Raises `EmrError` when the place can't be read at the start.
    """
    url = os.environ.get(VARIABLE)
    if not url:
        return None
    import boto3

    bucket, _, name = url.removeprefix("s3://").partition("/")
    published = _Published(boto3.client("s3"), bucket, name)
    shutil.copytree(bundled, folder, dirs_exist_ok=True)
    published.lay(folder)
    following = Following(published, folder, every)
    following.start()
    return following


class Following(threading.Thread):
    """Looks at S3 again and again. When it can't, it says so once, and the run goes on with what it has."""

    def __init__(self, published: _Published, folder: Path, every: float) -> None:
        super().__init__(name="definitions", daemon=True)
        self._published, self._folder, self._every = published, folder, every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look until stopped."""
        said = ""
        while not self._stopped.wait(self._every):
            try:
                self._published.lay(self._folder)
                said = ""
            except (EmrError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    print(f"sortline: definitions are not followed: {said}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self.join()


class _Published:
    def __init__(self, client: S3Client, bucket: str, name: str) -> None:
        self._client, self._bucket, self._name = client, bucket, name
        self._laid: str | None = None

    def lay(self, folder: Path) -> None:
        """Make the folder as what is published, if that is not what was laid before. Raises `EmrError`."""
        from botocore.exceptions import ClientError

        what = f"s3://{self._bucket}/{self._name}"
        with plainly(what, "s3:GetObject on it and s3:ListBucket on its bucket"):
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=self._name)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                    return
                raise
            if found["ETag"] == self._laid:
                return
            got = self._client.get_object(Bucket=self._bucket, Key=self._name)
            data = got["Body"].read()
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                wanted = {one.name: tar.extractfile(one) for one in tar if one.isfile()}
                texts = {name: file.read() for name, file in wanted.items() if file is not None}
        except tarfile.TarError as error:
            raise EmrError(f"{what} is no archive of definitions ({error}): publish them again") from None
        _write(texts, folder)
        self._laid = got["ETag"]


def _write(texts: Mapping[str, bytes], folder: Path) -> None:
    """Each file whole or not at all; what is no longer there goes."""
    root = folder.resolve()
    for name, data in texts.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(root):
            raise EmrError(f"{name} is outside of the definitions: publish them again")
        if path.is_file() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and str(path.relative_to(folder)) not in texts:
            path.unlink()
