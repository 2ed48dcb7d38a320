"""Every kind of store, for tests of what they all promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.state import FolderStore, ObjectStore
from tests.services.s3 import ENVIRONMENT, Bucket


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that an emulator takes."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "checkpoint", durable=False)
    return Bucket(request.getfixturevalue("moto").url).store()
