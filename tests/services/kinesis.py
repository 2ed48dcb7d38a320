"""Kinesis emulators, each good for something.

kinesalite: volume and many at once. kinesis-local: resharding as AWS does it, a few thousand
records. moto: needs Python alone; never for resharding.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.services.places import emulators, node
from tests.services.process import Service, free_port, listens

_SECONDS = 60.0
_MOTO = """
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
# One request at a time: moto loses records when two arrive at once.
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
"""


class Kinesis:
    """A running emulator."""

    def __init__(self, service: Service, url: str) -> None:
        self._service, self.url = service, url

    def stop(self) -> None:
        """End it; what it held is gone."""
        self._service.kill()


def kinesalite(folder: Path) -> Kinesis:
    """Start kinesalite. Raises `Missing`."""
    port = free_port()
    quick = [
        "--shardLimit",
        "100",
        "--createStreamMs",
        "10",
        "--updateStreamMs",
        "10",
        "--deleteStreamMs",
        "10",
    ]
    command = [str(node()), str(emulators() / "kinesalite/cli.js"), "--port", str(port), *quick]
    return _ready(Service("kinesalite", command, folder / "kinesalite.log"), port)


def kinesis_local(folder: Path) -> Kinesis:
    """Start kinesis-local. Raises `Missing`."""
    port = free_port()
    quick = ("CREATE_STREAM", "DELETE_STREAM", "SPLIT_SHARD", "MERGE_SHARDS", "UPDATE_SHARD_COUNT")
    env = {
        "KINESIS_MOCK_PLAIN_PORT": str(port),
        "KINESIS_MOCK_TLS_PORT": str(free_port()),
        "SHARD_LIMIT": "100",
        "LOG_LEVEL": "ERROR",
        **{f"{name}_DURATION": "50ms" for name in quick},
    }
    program = emulators() / "kinesis-local"  # it looks for its files where it is started
    log = folder / "kinesis-local.log"
    return _ready(Service("kinesis-local", [str(node()), "main.js"], log, env, program), port)


def moto(folder: Path) -> Kinesis:
    """Start moto: S3, EMR and DynamoDB too."""
    port = free_port()
    return _ready(Service("moto", [sys.executable, "-c", _MOTO, str(port)], folder / "moto.log"), port)


def _ready(service: Service, port: int) -> Kinesis:
    service.start(lambda: listens(port), _SECONDS)
    return Kinesis(service, f"http://127.0.0.1:{port}")
