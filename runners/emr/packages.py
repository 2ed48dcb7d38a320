"""The installed packages that Sortline needs to run, and Sortline's own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

import runners
from runners.emr.problems import EmrError

OWN = "sortline"
_OWN_PACKAGES = ("framework", "runners")
_FOLDERS = {"__pycache__", "tests"}
_ENDINGS = (".pyc", ".a", ".c", ".cpp", ".h", ".hpp", ".pyx", ".pxd", ".pyi", "_test.py")


def needed(*more: str) -> dict[str, Distribution]:
    """What Sortline's run-time dependencies come to, by name; `more` are taken along with theirs.

    Raises `EmrError` when one is not installed.

    >>> names = needed()
    >>> "apache-beam" in names, "pyspark" in names, "pytest" in names
    (True, False, False)
    """
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name) for name in (OWN, *more)]
    while waiting:
        requirement = waiting.pop()
        try:
            package = distribution(requirement.name)
        except PackageNotFoundError:
            raise EmrError(f"{requirement.name} is not installed: run `uv sync`, then this again") from None
        name = package.metadata["Name"]
        if name in found:
            continue
        found[name] = package
        extras = ("", *requirement.extras)
        asked = [Requirement(line) for line in package.requires or ()]
        waiting += [
            one
            for one in asked
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def files(packages: dict[str, Distribution]) -> Iterator[tuple[str, Path | bytes]]:
    """Each file of the packages, by its place below site-packages."""
    for name, package in packages.items():
        if name == OWN:
            continue
        for path in package.files or ():
            if ".." not in path.parts and _wanted(path.parts):
                yield str(path), Path(str(package.locate_file(path)))
    yield from _own(packages[OWN])


def _own(package: Distribution) -> Iterator[tuple[str, Path | bytes]]:
    """Taken from where they are imported from: a checkout's packages are in no other place."""
    root = Path(runners.__file__).parents[1]
    for top in _OWN_PACKAGES:
        for path in sorted((root / top).rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and "__pycache__" not in inside.parts:
                yield str(inside), path
    info = f"{OWN}-{package.version}.dist-info"
    for name in ("METADATA", "entry_points.txt"):
        yield f"{info}/{name}", (package.read_text(name) or "").encode()


def _wanted(parts: tuple[str, ...]) -> bool:
    return _FOLDERS.isdisjoint(parts) and not parts[-1].endswith(_ENDINGS)
