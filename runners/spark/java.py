"""The Java that Spark runs on."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from runners.driver import TickFailed

GOOD = (17, 11)


def java_home() -> Path:
    """A Java that Spark 3.5 runs on: `JAVA_HOME`, the one on the path, or an installed one.

    Raises `TickFailed` with the cure when there is none.
    """
    found = shutil.which("java")
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = [Path(found).resolve().parent.parent] if found else []
    seen: list[str] = []
    for home in [*named, *on_path, *sorted(Path("/usr/lib/jvm").glob("*"))]:
        number = _version(home)
        if number in GOOD:
            return home
        if number is not None:
            seen.append(f"{home} is Java {number}")
    instead = f" ({'; '.join(dict.fromkeys(seen))})" if seen else ""
    raise TickFailed(
        f"no Java 17 or 11 for Spark{instead}: install one "
        "(Debian: apt-get install openjdk-17-jdk-headless), or set JAVA_HOME"
    )


def _version(home: Path) -> int | None:
    try:
        text = (home / "release").read_text()
    except OSError:
        return None
    found = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
    return int(found[1]) if found else None
