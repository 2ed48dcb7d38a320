"""Spark for tests: the runner jar, and a standalone cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runners.driver import TickFailed
from runners.spark.jar import runner_jar
from tests.services.fixtures import present
from tests.services.places import Missing
from tests.services.spark import Cluster, environment


@pytest.fixture(scope="session", autouse=True)
def runner() -> None:
    """Beam's runner as a jar, and a Java for it."""

    def start() -> None:
        environment()
        try:
            runner_jar()
        except TickFailed as error:
            raise Missing(str(error)) from None

    present(start)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, runner: None) -> Iterator[Cluster]:
    """Two executors, each a process of its own."""
    started = Cluster(tmp_path_factory.mktemp("spark"))
    try:
        started.start()
        yield started
    finally:
        started.stop()
