"""The Python that goes along: its program, its standard library, and the libraries that they need."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runners.emr.elf import needs
from runners.emr.problems import EmrError

# Those of every machine with glibc, and of gcc, which Java and Hadoop need too.
_EVERYWHERE = re.compile(r"ld-linux|lib(c|m|dl|rt|util|pthread|resolv|nsl|crypt|gcc_s|stdc\+\+)\.so")
_FOLDERS = {"__pycache__", "site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo"}
_FOLDERS |= {"ensurepip", "lib2to3", "pydoc_data"}
# Of no use where there is no screen, or deprecated; they need libraries that clusters may lack.
_FILES = re.compile(
    r".*\.(a|pyc|exe|o)|turtle\.py|(_test|_xxtestfuzz).*\.so|(_tkinter|_curses|_curses_panel|readline|nis)\..*"
)
_ASK = """
import json, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "program": getattr(sys, "_base_executable", sys.executable), "version": sys.version.split()[0],
    "abi": sysconfig.get_config_var("SOABI"), "platlibdir": sys.platlibdir,
    "stdlib": paths["stdlib"], "platstdlib": paths["platstdlib"],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """An installed Python. `version` is such as 3.11.7, `abi` such as cpython-311-x86_64-linux-gnu."""

    program: Path
    version: str
    abi: str
    platlibdir: str
    stdlib: Path
    platstdlib: Path

    @property
    def short(self) -> str:
        """Its version as folders have it: python3.11."""
        return "python" + ".".join(self.version.split(".")[:2])

    def files(self) -> Iterator[tuple[str, Path]]:
        """Each file that goes along, by its place in the environment."""
        yield f"bin/{self.short}", self.program
        yield from self._shared(self.program)
        top = f"{self.platlibdir}/{self.short}"
        trees = {self.stdlib: top, self.platstdlib / "lib-dynload": f"{top}/lib-dynload"}
        for folder, place in trees.items():
            for path in _tree(folder):
                yield f"{place}/{path.relative_to(folder)}", path
        for path in _tree(self.platstdlib / "lib-dynload"):
            yield from self._shared(path)

    def _shared(self, path: Path) -> Iterator[tuple[str, Path]]:
        """The libraries that a file needs and that not every machine has."""
        needed = needs(path)
        if needed is None or all(_EVERYWHERE.match(name) for name in needed.libraries):
            return
        listed = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False).stdout
        for name, place in re.findall(r"(\S+) => (/\S+)", listed):
            if not _EVERYWHERE.match(name):
                yield f"lib/{name}", Path(place).resolve()


def interpreter(prefix: Path | None = None) -> Interpreter:
    """The Python below `prefix`, or the one that this one stands on.

    Raises `EmrError` where there is none, or one that can't load the packages that are installed here.
    """
    own = _ask(_program(Path(sys.base_prefix)))
    if "linux" not in own.abi:
        raise EmrError("clusters run Linux, this machine does not: package on Linux, or in a container of it")
    if prefix is None:
        return own
    given = _ask(_program(prefix))
    if given.abi != own.abi:
        raise EmrError(
            f"{prefix} has Python {given.version} ({given.abi}), the packages here are for {own.version} "
            f"({own.abi}): give one of the same kind, or set up the project with that one"
        )
    return given


def _program(prefix: Path) -> Path:
    short = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (short, "python3"):
        if (prefix / "bin" / name).exists():
            return prefix / "bin" / name
    raise EmrError(f"no {short} in {prefix / 'bin'}: give the folder that has bin/{short}")


def _ask(program: Path) -> Interpreter:
    done = subprocess.run([program, "-I", "-S", "-c", _ASK], capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmrError(f"{program} does not run: {(done.stderr.splitlines() or ['no message'])[-1]}")
    said = json.loads(done.stdout)
    return Interpreter(
        program=Path(said["program"]).resolve(),
        version=said["version"],
        abi=said["abi"],
        platlibdir=said["platlibdir"],
        stdlib=Path(said["stdlib"]),
        platstdlib=Path(said["platstdlib"]),
    )


def _tree(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _FOLDERS and not path.name.startswith("config-"):
                yield from _tree(path)
        elif not _FILES.fullmatch(path.name):
            yield path
