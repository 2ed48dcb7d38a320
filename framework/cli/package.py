"""`sortline package`: all that a run on a cluster consists of, in one folder."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from framework.cli.errors import UserError
from framework.cli.planning import plan_of
from runners.emr.bundle import Bundle, make
from runners.emr.environment import TARGET_GLIBC, Environment, environment
from runners.emr.interpreter import interpreter
from runners.emr.problems import EmrError
from runners.spark.jar import JarMissing, runner_jar


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("package", help="make the bundle that runs on a cluster")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--out", default="bundle", metavar="FOLDER", help="default: %(default)s")
    parser.add_argument(
        "--python", metavar="PREFIX", help="folder of the Python to take along (default: the one in use)"
    )
    parser.add_argument(
        "--with-pyspark", action="store_true", help="take pyspark along too, where the cluster has none"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the bundle, but never of definitions with errors."""
    plan, _ = plan_of(arguments.dir)
    prefix = Path(arguments.python) if arguments.python else None
    more = ("pyspark",) if arguments.with_pyspark else ()
    out = Path(arguments.out)
    try:
        taken = environment(interpreter(prefix), *more)
        bundle = make(out, taken, runner_jar(), Path(arguments.dir), plan.name, plan.digest)
    except (EmrError, JarMissing) as error:
        raise UserError(str(error), code=1) from None
    except OSError as error:
        raise UserError(f"{error.filename or out} can't be written: {error.strerror}", code=1) from None
    warning = _too_new(taken)
    if warning:
        print(f"warning: {warning}", file=sys.stderr)
    if arguments.format == "json":
        print(json.dumps(bundle.as_json() | {"warnings": [warning] if warning else []}, indent=2))
    else:
        print(_summary(bundle))
    return 0


def _too_new(environment: Environment) -> str:
    found = environment.too_new
    if not found:
        return ""
    place, version = max(found.items(), key=lambda item: [int(part) for part in item[1].split(".")])
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    target = ".".join(map(str, TARGET_GLIBC))
    short = environment.interpreter.short.removeprefix("python")
    return (
        f"{place}{others} needs glibc {version}, and Amazon Linux 2023 (EMR 7) has {target}: it won't start "
        f"there. Give a portable Python, `uv python install {short}` and then --python PREFIX, or package on "
        "Amazon Linux 2023"
    )


def _summary(bundle: Bundle) -> str:
    lines = [f"{bundle.pipeline} (definitions {bundle.definitions}) in {bundle.folder}"]
    lines += [f"  {name:<20} {file.size / 1e6:>8,.1f} MB" for name, file in bundle.files.items()]
    versions = ", ".join(f"{name} {version}" for name, version in bundle.versions.items())
    return "\n".join([*lines, f"  {versions}, {bundle.machine}"])
