"""Beam's Spark runner as a jar: built by Maven once, then kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runners.driver import TickFailed

POM = Path(__file__).with_name("pom.xml")
VARIABLE = "SORTLINE_SPARK_JAR"


class JarMissing(TickFailed):
    """There is no runner jar, and it can't be built; the message says what to do."""


def runner_jar() -> Path:
    """The jar: the one that `SORTLINE_SPARK_JAR` names, or the kept one, built when there is none yet.

    Raises `JarMissing`.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if Path(named).is_file():
            return Path(named).resolve()
        raise JarMissing(f"{VARIABLE} names {named}, which is no file")
    versions = _versions()
    pom = POM.read_bytes()
    digest = hashlib.sha256(pom + repr(versions).encode()).hexdigest()[:12]
    jar = _cache() / f"spark-runner-{versions['beam']}-{digest}.jar"
    if not jar.is_file():
        _build(jar, versions)
    return jar


def _versions() -> dict[str, str]:
    try:
        return {"beam": version("apache-beam"), "spark": version("pyspark")}
    except PackageNotFoundError as error:
        raise JarMissing(
            f"{error.name} is not installed: run `uv sync`, or `pip install {error.name}`"
        ) from None


def _cache() -> Path:
    return Path(os.environ.get("SORTLINE_CACHE") or "~/.cache/sortline").expanduser()


def _build(jar: Path, versions: dict[str, str]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise JarMissing(
            "Maven is missing, which builds Beam's Spark runner once: install it "
            f"(Debian: apt-get install maven), or set {VARIABLE} to a jar that was built elsewhere"
        )
    print("building Beam's Spark runner (Maven, a minute or two, once)", file=sys.stderr, flush=True)
    jar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.parent) as folder:
        shutil.copy(POM, folder)
        given = [f"-D{name}.version={number}" for name, number in versions.items()]
        command = [maven, "--quiet", "--batch-mode", *given, "package"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stdout.splitlines() if "ERROR" in line][:3]
            raise JarMissing(
                "Maven could not build Beam's Spark runner: check the network, and that a JDK is installed "
                "(`mvn --version`), then run this again\n" + "\n".join(said or done.stderr.splitlines()[-3:])
            )
        Path(folder, "target", "spark-runner.jar").replace(jar)
