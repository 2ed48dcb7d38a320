"""Servers that take notifications, and a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.state import FolderStore
from tests.notify.hook import Hook
from tests.services.s3 import ENVIRONMENT


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that an emulator takes."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A server that takes everything, until its script is replaced."""
    server = Hook()
    yield server
    server.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """An empty store."""
    return FolderStore(tmp_path / "checkpoint", durable=False)
