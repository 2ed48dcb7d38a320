"""A real YARN on this machine alone: a ResourceManager and a NodeManager of Hadoop's own artifacts.

Spark takes it for any other cluster: what `Yarn.submitting` gives is a `spark-submit --master yarn`. Needs
Maven and a JDK; the first start builds what it runs into the cache.

The ResourceManager's REST interface says less than that of a full distribution: an application's entry lacks
nearly all its fields, so `state` and `attempts` ask the narrower ones. The NodeManager has no web pages.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.services.places import Missing, cache
from tests.services.process import Service

JAVA = range(17, 23)  # Spark 3.5 needs the first; a later one has no `Subject.getSubject`, which Hadoop calls

_SECONDS = 120.0
_MASTER = "org.apache.spark.deploy.yarn.ApplicationMaster"
_HERE = Path(__file__).parent
_QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # they live for seconds, and start in half the time


class Yarn:
    """A cluster: 8 GiB and 16 cores to give away, whatever the machine has."""

    def __init__(self) -> None:
        self._service: Service | None = None

    def start(self, folder: Path) -> Path:
        """Start, and give the HADOOP_CONF_DIR of its clients. All files are in `folder`. Raises `Missing`."""
        home, built = java(), build()
        self.conf, self.logs, self.staging = folder / "conf", folder / "logs", folder / "staging"
        shutil.rmtree(self.conf, ignore_errors=True)
        self._env = {"JAVA_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
        command = [str(home / "bin/java"), "-Xmx512m", *_QUICK.split()]
        command += ["--add-opens", "java.base/java.lang=ALL-UNNAMED"]
        command += ["-cp", f"{built}/classes:{built}/lib/*", "sortline.yarn.Cluster", str(folder)]
        self._service = Service("YARN", command, folder / "yarn.log", self._env, folder)
        self._service.start((self.conf / "yarn-site.xml").is_file, _SECONDS)
        atexit.register(
            self.stop
        )  # what comes last runs first: before the service's own end, which would leave the containers
        site = ElementTree.parse(self.conf / "yarn-site.xml").getroot()
        settings = {entry.findtext("name"): entry.findtext("value") for entry in site}
        self.url = f"http://{settings['yarn.resourcemanager.webapp.address']}/ws/v1/cluster"
        return self.conf

    def stop(self) -> None:
        """End it with every container that runs."""
        atexit.unregister(self.stop)
        if self._service is not None:
            self._service.stop()
            self._service = None

    def submitting(
        self, script: Path, *arguments: str, conf: Mapping[str, str] | None = None
    ) -> tuple[list[str], dict[str, str]]:
        """The command that submits a Python script in cluster mode, and its environment.

        The driver runs in the ApplicationMaster; the command lasts as long as the application, and fails with
        it. Its standard error names the application. What `conf` says goes before the settings here.
        """
        spark = _spark()
        settings = {
            "spark.yarn.jars": f"local:{spark}/jars/*",  # else 300 MB are copied at each submit
            "spark.yarn.stagingDir": self.staging.as_uri(),
            "spark.yarn.appMasterEnv.PYSPARK_PYTHON": sys.executable,
            "spark.executorEnv.PYSPARK_PYTHON": sys.executable,
            "spark.yarn.maxAppAttempts": "2",
            "spark.yarn.report.interval": "200ms",
            "spark.ui.enabled": "false",
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.executor.instances": "1",
            "spark.driver.extraJavaOptions": _QUICK,
            "spark.executor.extraJavaOptions": _QUICK,
            **(conf or {}),
        }
        command = [str(spark / "bin/spark-submit"), "--master", "yarn", "--deploy-mode", "cluster"]
        for name, value in settings.items():
            command += ["--conf", f"{name}={value}"]
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "YARN_"))},
            **self._env,
            "SPARK_HOME": str(spark),
            "SPARK_SUBMIT_OPTS": _QUICK,
            "HADOOP_CONF_DIR": str(self.conf),
        }
        return [*command, str(script), *arguments], env

    def state(self, application: str) -> str:
        """NEW, SUBMITTED, ACCEPTED, RUNNING, FINISHED, FAILED or KILLED."""
        return _settled(self._get(f"apps/{application}/state")["state"])

    def attempts(self, application: str) -> list[str]:
        """The state of each attempt at an application, in their order: FAILED, RUNNING, FINISHED or other."""
        found = self._get(f"apps/{application}/appattempts")["attempts"]
        found = sorted(found, key=lambda attempt: attempt["attemptId"])
        paths = [f"apps/{application}/appattempts/{attempt['appAttemptId']}" for attempt in found]
        return [_settled(self._get(path)["appAttemptState"]) for path in paths]

    def master(self, application: str) -> int | None:
        """The process of an application's ApplicationMaster, which is its driver's JVM too."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_text(errors="replace").split("\0")
            except OSError:
                continue  # it just ended
            is_master = command[0].endswith("/java") and _MASTER in command
            if is_master and any(str(self.logs / application) in part for part in command):
                return int(process.name)
        return None

    def kill_master(self, application: str) -> None:
        """End the ApplicationMaster with a kill -9; the node then ends its driver. Raises `LookupError`."""
        found = self.master(application)
        if found is None:
            raise LookupError(f"{application} has no ApplicationMaster")
        os.kill(found, signal.SIGKILL)

    def output(self, application: str) -> str:
        """What all containers of an application wrote, each line after its container and stream."""
        lines = []
        for path in sorted((self.logs / application).glob("*/std*")):
            name = f"{path.parent.name}/{path.name}"
            lines += [f"{name}: {line}" for line in path.read_text(errors="replace").splitlines()]
        return "\n".join(lines)

    def _get(self, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/{path}", headers={"accept": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def _settled(state: str) -> str:
    """FINISHED already while the master's process ends, as YARN tells its clients too."""
    return "FINISHED" if state == "FINISHING" else state


def build() -> Path:
    """The folder of the built classes and their libraries, built when it is not there. Raises `Missing`."""
    sources = [_HERE / "pom.xml", *sorted(path for path in _HERE.glob("src/**/*") if path.is_file())]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    built = cache() / f"yarn-{digest}"
    if built.is_dir():
        return built
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Maven is missing: install it (Debian: apt-get install maven)")
    env = {**os.environ, "JAVA_HOME": str(java())}
    print("building a YARN cluster (Maven Central, 90 MB, once)", file=sys.stderr, flush=True)
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yarn-", dir=cache()) as work:
        for source in sources:
            copy = Path(work) / source.relative_to(_HERE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        command = [maven, "--batch-mode", "--quiet", "process-classes"]
        done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, check=False)
        if "COMPILATION ERROR" in done.stdout:
            raise RuntimeError(done.stdout)
        if done.returncode:
            raise Missing(f"Maven cannot fetch Hadoop: see that it reaches a repository\n{done.stdout[:999]}")
        try:
            (Path(work) / "target").rename(built)
        except OSError:
            if not built.is_dir():  # else another process was quicker
                raise
    return built


def java() -> Path:
    """A JDK that both Hadoop and Spark run on. Raises `Missing`."""
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    for home in [*named, *sorted(Path("/usr/lib/jvm").glob("*"))]:
        release = home / "release"
        found = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.M) if release.is_file() else None
        if found and int(found[1]) in JAVA and (home / "bin/javac").exists():
            return home
    raise Missing(
        f"no JDK of {JAVA[0]} to {JAVA[-1]}: install one (Debian: apt-get install "
        f"openjdk-{JAVA[0]}-jdk-headless), or set JAVA_HOME. A JRE is not enough"
    )


def _spark() -> Path:
    try:
        import pyspark
    except ImportError:
        raise Missing("PySpark is missing: run `uv sync`, which brings it") from None
    return Path(pyspark.__file__).parent
