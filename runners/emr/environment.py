"""A Python environment in one archive, which works wherever it is unpacked."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from runners.emr import packages
from runners.emr.elf import needs
from runners.emr.interpreter import Interpreter

# Amazon Linux 2023's, which EMR 7 and EMR Serverless run on.
TARGET_GLIBC = (2, 34)
_KEPT = 2
# Less for the reader to wait for; a higher level saves a few per cent of the size.
_LEVEL = 4
_MOMENT = 1_577_836_800  # every file's: the same content gives the same archive
# The interpreter finds its own library by this; PYTHONPATH stays, for it is how Spark names its pyspark.
_START = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
unset PYTHONHOME
export PYTHONNOUSERSITE=1
export LD_LIBRARY_PATH="${{here%/bin}}/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "$here/{python}" {arguments}"$@"
"""
# Some Linux distributions have their Pythons look elsewhere for packages.
_SITE = """import site
import sys

if not any(path.endswith("site-packages") for path in sys.path):
    site.addsitedir(f"{{sys.prefix}}/{site}")
"""
_STARTS = {
    "python": "",
    "python3": "",
    "sortline": "-P -m framework.cli ",
    "sortline-worker": "-P -m runners.spark.boot ",
}


@dataclass(frozen=True)
class Environment:
    """An interpreter and packages. Each entry of `content` is a file, or its bytes, by its place."""

    interpreter: Interpreter
    versions: Mapping[str, str]
    content: Mapping[str, Path | bytes]

    @cached_property
    def too_new(self) -> dict[str, str]:
        """The files that need a newer glibc than the target has, and which."""
        found = {}
        for place, file in self.content.items():
            if isinstance(file, Path) and (".so" in file.name or place.startswith("bin/")):
                asked = needs(file)
                if asked and asked.glibc > TARGET_GLIBC:
                    found[place] = ".".join(map(str, asked.glibc))
        return found

    @cached_property
    def key(self) -> str:
        """Differs when anything in the archive may differ."""
        whole = hashlib.sha256(f"{_LEVEL} {self.interpreter.version}".encode())
        for place, file in sorted(self.content.items()):
            whole.update(f"\n{place} ".encode())
            if isinstance(file, bytes):
                whole.update(file)
            else:
                seen = file.stat()
                whole.update(f"{file} {seen.st_size} {seen.st_mtime_ns}".encode())
        return whole.hexdigest()[:20]

    def archive(self) -> Path:
        """The archive: the kept one, or made now. Raises `OSError` when it can't be written."""
        folder = cache()
        kept = folder / f"environment-{self.key}.tar.gz"
        if not kept.is_file():
            print("packing the environment (half a minute)", file=sys.stderr, flush=True)
            pack(self.content, kept)
            older = sorted(folder.glob("environment-*.tar.gz"), key=lambda path: path.stat().st_mtime)
            for path in older[:-_KEPT]:
                path.unlink(missing_ok=True)
        return kept


def environment(interpreter: Interpreter, *more: str) -> Environment:
    """Sortline's environment, with the packages `more` in it. Raises `EmrError`."""
    wanted = packages.needed(*more)
    site = f"lib/{interpreter.short}/site-packages"
    content: dict[str, Path | bytes] = dict(interpreter.files())
    content |= {f"{site}/{place}": file for place, file in packages.files(wanted)}
    top = f"{interpreter.platlibdir}/{interpreter.short}"
    content[f"{top}/sitecustomize.py"] = _SITE.format(site=site).encode()
    content |= {
        f"bin/{name}": _START.format(python=interpreter.short, arguments=arguments).encode()
        for name, arguments in _STARTS.items()
    }
    return Environment(interpreter, {name: one.version for name, one in wanted.items()}, content)


def pack(content: Mapping[str, Path | bytes], out: Path) -> None:
    """Write a .tar.gz, whole or not at all; the same content gives the same bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}")
    try:
        with (
            open(handle, "wb") as raw,
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            for place, file in sorted(content.items()):
                data = file if isinstance(file, bytes) else file.read_bytes()
                entry = tarfile.TarInfo(place)
                entry.size, entry.mtime = len(data), _MOMENT
                entry.mode = 0o755 if place.startswith("bin/") or _runs(file) else 0o644
                tar.addfile(entry, io.BytesIO(data))
        Path(name).chmod(0o644)
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)


def _runs(file: Path | bytes) -> bool:
    return isinstance(file, Path) and os.access(file, os.X_OK)


def cache() -> Path:
    """Where archives are kept."""
    return Path(os.environ.get("SORTLINE_CACHE") or "~/.cache/sortline").expanduser()
