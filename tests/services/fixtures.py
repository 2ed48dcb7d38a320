"""The services as fixtures: started when first asked for, ended with the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.services import kinesis
from tests.services.elasticsearch import Elasticsearch
from tests.services.places import Missing

T = TypeVar("T")


def present(start: Callable[[], T]) -> T:
    """What `start` gives. Skips the test when a program is missing; with CI=true, fails it."""
    try:
        return start()
    except Missing as missing:
        reason = str(missing)
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def kinesalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kinesis.Kinesis]:
    """kinesalite, for volume. Each test makes streams of its own."""
    yield from _running(kinesis.kinesalite, tmp_path_factory)


@pytest.fixture(scope="session")
def kinesis_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kinesis.Kinesis]:
    """kinesis-local, for resharding. Each test makes streams of its own."""
    yield from _running(kinesis.kinesis_local, tmp_path_factory)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kinesis.Kinesis]:
    """moto: Kinesis, S3, EMR and DynamoDB in Python."""
    yield from _running(kinesis.moto, tmp_path_factory)


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Elasticsearch]:
    """A node of Elasticsearch. Each test takes a namespace of its own."""
    node = present(Elasticsearch)
    try:
        node.start()
        yield node
    finally:
        node.remove()


def _running(
    start: Callable[[Path], kinesis.Kinesis], folders: pytest.TempPathFactory
) -> Iterator[kinesis.Kinesis]:
    service = present(lambda: start(folders.mktemp("service")))
    yield service
    service.stop()
