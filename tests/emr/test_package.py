"""The bundle: what is in it, and that its environment needs nothing of where it was made."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.cli.package import _too_new
from runners.emr.bundle import opened
from runners.emr.elf import Needs
from runners.emr.environment import Environment, environment, pack
from runners.emr.interpreter import interpreter
from runners.emr.packages import needed
from runners.emr.problems import EmrError
from tests.emr.conftest import ROOT

IMPORTS = "import framework.pipeline.build, apache_beam, polars, pyarrow, boto3, ssl, sqlite3, ctypes, lzma"


@pytest.fixture(scope="module")
def unpacked(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment, unpacked into a folder that nobody could have known of."""
    folder = tmp_path_factory.mktemp("x") / f"e {random.randrange(10**9)}"
    folder.mkdir()
    subprocess.run(["tar", "xzf", whole / "environment.tar.gz", "-C", folder], check=True)
    return folder


def alone(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run with an empty environment, and, where that is allowed, with what it was made of out of sight."""
    hidden = {str(ROOT), str(Path(sys.prefix)), str(Path(sys.base_prefix))}
    hide = " && ".join(f"mount -t tmpfs none '{place}'" for place in sorted(hidden, key=len, reverse=True))
    allowed = subprocess.run(["unshare", "-m", "sh", "-c", hide], capture_output=True, check=False, cwd=cwd)
    if allowed.returncode == 0:
        words = " ".join(f"'{word}'" for word in command)
        command = ["unshare", "-m", "sh", "-c", f"{hide} && exec env -i {words}"]
    return subprocess.run(command, env={}, cwd=cwd, capture_output=True, text=True, check=False)


def test_what_is_in_the_bundle(whole: Path):
    bundle = opened(whole)
    assert set(bundle.files) == {"environment.tar.gz", "definitions.tar.gz", "spark-runner.jar", "main.py"}
    assert {path.name for path in whole.iterdir()} == {*bundle.files, "bundle.json"}
    assert bundle.pipeline == "sorters"
    assert bundle.versions["python"] == sys.version.split()[0]
    explained = subprocess.run(
        [sys.executable, "-m", "framework.cli", "explain", ROOT / "kpi_defs", "--format", "json"],
        capture_output=True,
        check=True,
    )
    assert bundle.definitions == json.loads(explained.stdout)["definitions"]


def test_the_definitions_are_all_there(whole: Path, tmp_path: Path):
    with tarfile.open(whole / "definitions.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    packed = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    shipped = ROOT / "kpi_defs"
    assert packed == {path.relative_to(shipped): path.read_bytes() for path in shipped.rglob("*.yaml")}


def test_what_is_in_the_environment(whole: Path):
    with tarfile.open(whole / "environment.tar.gz") as tar:
        entries = tar.getmembers()
    names = {entry.name for entry in entries}
    short = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert {"bin/python", "bin/sortline", "bin/sortline-worker", f"bin/{short}"} <= names
    packages = {name.split("/")[3] for name in names if name.startswith(f"lib/{short}/site-packages/")}
    assert {"framework", "runners", "apache_beam", "polars", "boto3", "elasticsearch"} <= packages
    assert packages.isdisjoint({"pyspark", "pytest", "mypy", "moto", "duckdb", "ruff", "ui", "tests"})
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".a"))]
    assert all(entry.isfile() for entry in entries), "no links, which could lead outside"


def test_it_runs_where_it_is_unpacked(unpacked: Path, tmp_path: Path):
    done = alone([str(unpacked / "bin/python"), "-c", f"{IMPORTS}; print(framework.__file__)"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(unpacked)
    done = alone([str(unpacked / "bin/sortline-worker"), "--help"], tmp_path)
    assert done.stdout.startswith("usage: sortline-worker"), done.stderr
    done = alone([str(unpacked / "bin/sortline"), "--help"], tmp_path)
    assert done.stdout.startswith("usage: sortline"), done.stderr


def test_it_runs_by_a_relative_path_and_through_a_link(unpacked: Path, tmp_path: Path):
    """As an executor has it: a link in its working directory."""
    (tmp_path / "environment").symlink_to(unpacked)
    command = ["./environment/bin/python", "-c", "import sys; print(sys.prefix)"]
    assert alone(command, tmp_path).stdout.strip() == str(unpacked)


def test_it_loads_no_library_from_where_it_was_made(unpacked: Path, tmp_path: Path):
    code = f"{IMPORTS}; print(open('/proc/self/maps').read())"
    command = [str(unpacked / "bin/python"), "-c", code]
    done = subprocess.run(command, env={}, cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = {line.split(maxsplit=5)[5] for line in done.stdout.splitlines() if ".so" in line}
    assert loaded
    made_of = (ROOT, Path(sys.prefix), Path(sys.base_prefix))
    assert not [path for path in loaded if any(Path(path).is_relative_to(place) for place in made_of)]


def test_spark_may_add_its_own_packages(unpacked: Path, tmp_path: Path):
    (tmp_path / "pyspark.py").write_text("there = True\n")
    command = [str(unpacked / "bin/python"), "-c", "import pyspark; print(pyspark.there)"]
    env = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere"}
    assert subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout == "True\n"


def test_an_unchanged_environment_is_not_packed_again(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("SORTLINE_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "module.py"
    packed = []
    for text in ("one", "one", "two", "three"):
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
        packed.append(Environment(interpreter(), {}, {"lib/module.py": file}).archive())
    assert packed[0] == packed[1] and len(set(packed)) == 3
    assert capsys.readouterr().err.count("packing") == 3
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {path.name for path in packed[-2:]}


def test_pyspark_comes_along_when_asked_for():
    taken = environment(interpreter(), "pyspark")
    assert {"pyspark", "py4j"} <= set(taken.versions)
    assert any(place.endswith("/pyspark/bin/spark-submit") for place in taken.content)


def test_another_python_of_the_same_kind(tmp_path: Path):
    """Such as a distribution's own, which looks for packages elsewhere."""
    system = Path("/usr")
    try:
        other = interpreter(system)
    except EmrError as error:
        pytest.skip(str(error))
    if other == interpreter():
        pytest.skip("it is the one in use")
    content = environment(other).content
    small = {
        place: file
        for place, file in content.items()
        if "/site-packages/" not in place or "/msgspec/" in place
    }
    pack(small, tmp_path / "small.tar.gz")
    subprocess.run(["tar", "xzf", "small.tar.gz"], cwd=tmp_path, check=True)
    code = "import msgspec, sys; print(sys.version.split()[0], msgspec.json.encode([1]), msgspec.__file__)"
    done = alone([str(tmp_path / "bin/python"), "-c", code], tmp_path)
    assert done.stdout.startswith(f"{other.version} b'[1]' {tmp_path}"), done.stderr


def test_broken_definitions_are_never_bundled(tmp_path: Path, capsys):
    folder = shutil.copytree(ROOT / "kpi_defs", tmp_path / "defs")
    (folder / "broken.yaml").write_text("kpi: broken\nvalue: count(\n")
    assert main(["package", str(folder), "--out", str(tmp_path / "bundle")]) == 1
    assert "problem(s) in" in capsys.readouterr().err
    assert not (tmp_path / "bundle").exists()


def test_a_python_that_is_not_there(tmp_path: Path, capsys):
    command = ["package", str(ROOT / "kpi_defs"), "--python", str(tmp_path), "--out", str(tmp_path / "b")]
    assert main(command) == 1
    assert "give the folder that has bin/python" in capsys.readouterr().err


def test_a_python_of_another_kind(tmp_path: Path):
    program = tmp_path / "bin" / "python3"
    program.parent.mkdir()
    said = {
        "program": str(program),
        "version": "3.9.2",
        "abi": "cpython-39-x86_64-linux-gnu",
        "platlibdir": "lib",
    }
    said |= {"stdlib": "/", "platstdlib": "/"}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(said)}'\n")
    program.chmod(0o755)
    with pytest.raises(EmrError, match=r"has Python 3.9.2 .* the packages here are for"):
        interpreter(tmp_path)


def test_a_python_too_new_for_the_cluster_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch):
    needs = {"new.so": Needs((2, 36), frozenset()), "old.so": Needs((2, 17), frozenset())}
    monkeypatch.setattr("runners.emr.environment.needs", lambda path: needs[path.name])
    made = Environment(interpreter(), {}, {f"lib/{name}": Path(name) for name in needs})
    assert made.too_new == {"lib/new.so": "2.36"}
    assert _too_new(made).startswith("lib/new.so needs glibc 2.36, and Amazon Linux 2023 (EMR 7) has 2.34")
    assert "`uv python install 3." in _too_new(made)
    monkeypatch.setattr("runners.emr.environment.needs", lambda path: needs["old.so"])
    assert _too_new(Environment(interpreter(), {}, {"lib/old.so": Path("old.so")})) == ""


def test_the_installed_packages_need_no_newer_glibc_than_the_cluster_has():
    """Wheels are made for old machines; only the interpreter is this machine's own."""
    new = environment(interpreter()).too_new
    assert not [place for place in new if "/site-packages/" in place]


def test_the_packages_are_those_that_the_lock_file_has_for_running():
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("no uv on the path")
    command = [uv, "export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    locked = {line.split("==")[0] for line in listed.splitlines() if "==" in line and line[0] not in " #"}
    markers = {line.split("==")[0] for line in listed.splitlines() if " ; " in line}
    found = {name.lower().replace("_", "-") for name in needed()} - {"sortline"}
    assert locked - markers <= found <= locked


def test_the_same_content_gives_the_same_bytes(tmp_path: Path):
    content = {"bin/run": b"#!/bin/sh\n", "b": tmp_path / "b", "a": b"", "c": tmp_path / "c"}
    (tmp_path / "b").write_text("b")
    (tmp_path / "c").write_text("#!/bin/sh\n")
    (tmp_path / "c").chmod(0o700)
    pack(content, tmp_path / "1.tar.gz")
    os.utime(tmp_path / "b", (1, 1))
    pack(dict(reversed(content.items())), tmp_path / "2.tar.gz")
    data = (tmp_path / "1.tar.gz").read_bytes()
    assert data == (tmp_path / "2.tar.gz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert [(one.name, one.mode) for one in tar] == [
            ("a", 0o644),
            ("b", 0o644),
            ("bin/run", 0o755),
            ("c", 0o755),
        ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.tar.gz", "2.tar.gz", "b", "c"]
