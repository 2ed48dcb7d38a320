"""All that a run on a cluster consists of, in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runners.emr.environment import Environment, pack
from runners.emr.problems import EmrError

INDEX = "bundle.json"
ENVIRONMENT, DEFINITIONS = "environment.tar.gz", "definitions.tar.gz"
JAR, MAIN = "spark-runner.jar", "main.py"
_FORMAT = 1


@dataclass(frozen=True)
class File:
    """A file of a bundle: bytes, and its digest in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Bundle:
    """A folder with the files, and what is known of them. `definitions` is their digest, as in the state."""

    folder: Path
    pipeline: str
    definitions: str
    versions: Mapping[str, str]
    machine: str
    files: Mapping[str, File]

    def as_json(self) -> dict[str, Any]:
        """What `bundle.json` holds."""
        return {
            "format": _FORMAT,
            "pipeline": self.pipeline,
            "definitions": self.definitions,
            "machine": self.machine,
            "versions": dict(self.versions),
            "files": {name: asdict(file) for name, file in self.files.items()},
        }


def make(
    out: Path, environment: Environment, jar: Path, definitions: Path, pipeline: str, digest: str
) -> Bundle:
    """Write a bundle into a folder. Raises `OSError`.

    `definitions` is the folder of them, already checked; `digest` is theirs, of the plan.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / INDEX).unlink(missing_ok=True)
    _take(environment.archive(), out / ENVIRONMENT)
    _take(jar, out / JAR)
    shutil.copyfile(Path(__file__).with_name(MAIN), out / MAIN)
    pack_definitions(definitions, out / DEFINITIONS)
    interpreter, packages = environment.interpreter, environment.versions
    versions = {
        "sortline": packages["sortline"],
        "python": interpreter.version,
        "apache-beam": packages["apache-beam"],
        "glibc": platform.libc_ver()[1],
    }
    files = {name: _file(out / name) for name in (ENVIRONMENT, JAR, DEFINITIONS, MAIN)}
    bundle = Bundle(out, pipeline, digest, versions, platform.machine(), files)
    (out / INDEX).write_text(json.dumps(bundle.as_json(), indent=2) + "\n")
    return bundle


def pack_definitions(definitions: Path, out: Path) -> None:
    """Write a folder's files, but no hidden ones, as an archive."""
    texts = {
        str(path.relative_to(definitions)): path
        for path in sorted(definitions.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(definitions).parts)
    }
    pack(texts, out)


def opened(folder: Path) -> Bundle:
    """The bundle in a folder, its files as they were made. Raises `EmrError`."""
    cure = "make it anew with `sortline package`"
    try:
        said = json.loads((folder / INDEX).read_text())
        if said["format"] != _FORMAT:
            raise EmrError(f"{folder} is a bundle of another version of Sortline: {cure}")
        files = {name: File(**file) for name, file in said["files"].items()}
        bundle = Bundle(
            folder, said["pipeline"], said["definitions"], said["versions"], said["machine"], files
        )
    except FileNotFoundError:
        raise EmrError(
            f"no bundle in {folder}: make one with `sortline package DIR --out {folder}`"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise EmrError(f"{folder / INDEX} is damaged: {cure}") from None
    for name, file in files.items():
        if not (folder / name).is_file():
            raise EmrError(f"{folder / name} is missing: {cure}")
        if _file(folder / name) != file:
            raise EmrError(f"{folder / name} is not the file that {INDEX} tells of: {cure}")
    return bundle


def _file(path: Path) -> File:
    with open(path, "rb") as file:
        return File(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _take(source: Path, target: Path) -> None:
    """Link where the disk is the same, else copy."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
