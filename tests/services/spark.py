"""A standalone Spark cluster: a master and workers, each a process of its own, from pyspark's own jars."""

from __future__ import annotations

import os
import tempfile
import urllib.request
from pathlib import Path

from runners.driver import TickFailed
from runners.spark.java import java_home
from tests.services.places import Missing
from tests.services.process import Service, free_port

_WORKER = ("--webui-port", "0", "--cores", "1", "--memory", "2g")


class Cluster:
    """A master with `workers` workers of one core each; their executors are processes of their own."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._folder, self._count = folder, workers
        self._port, self._page = free_port(), free_port()
        self._services: list[Service] = []

    @property
    def master(self) -> str:
        """What `--master` takes."""
        return f"spark://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start all, and wait until the master knows the workers."""
        host = ["--host", "127.0.0.1"]
        self._start(
            "master",
            "master.Master",
            [*host, "--port", str(self._port), "--webui-port", str(self._page)],
            lambda: "Status:" in self._status(),
        )
        for number in range(1, self._count + 1):
            self._start(
                f"worker-{number}",
                "worker.Worker",
                [*host, *_WORKER, "--work-dir", str(self._folder / f"work-{number}"), self.master],
                lambda number=number: self._alive() >= number,
            )

    def stop(self) -> None:
        """End all."""
        for service in reversed(self._services):
            service.kill()

    def work(self) -> list[Path]:
        """The folders in which executors have worked."""
        return sorted(self._folder.glob("work-*/app-*/*"))

    def _start(self, name: str, main: str, arguments: list[str], ready: object) -> None:
        command = [*spark_class(), f"org.apache.spark.deploy.{main}", *arguments]
        service = Service(
            f"Spark's {name}", command, self._folder / f"{name}.log", environment(), self._folder
        )
        service.start(ready, 60)  # type: ignore[arg-type]
        self._services.append(service)

    def _alive(self) -> int:
        return self._status().count("<td>ALIVE</td>")

    def _status(self) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._page}/", timeout=5) as page:
                return page.read().decode(errors="replace")
        except OSError:
            return ""


def home() -> Path:
    """pyspark's own Spark."""
    import pyspark

    return Path(pyspark.__file__).parent


def spark_class() -> list[str]:
    """The command that runs one of Spark's classes."""
    return [str(home() / "bin/spark-class")]


def environment() -> dict[str, str]:
    """What Spark's programs need to know. Raises `Missing`."""
    try:
        java = java_home()
    except TickFailed as error:
        raise Missing(str(error)) from None
    return {
        "JAVA_HOME": str(java),
        "SPARK_HOME": str(home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": os.environ.get("SPARK_LOCAL_DIRS", tempfile.gettempdir()),
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": "256m",
    }
