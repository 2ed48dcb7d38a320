"""Finds the verb and runs it. Exit codes: 0 fine, 1 findings, 2 wrong use."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from framework.cli.errors import UserError

VERBS = (
    "init",
    "check",
    "list",
    "explain",
    "run",
    "backtest",
    "simulate",
    "live",
    "package",
    "submit",
    "publish",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Never raises; never shows a stack trace."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="sortline", description="KPIs written in YAML, out of a live stream."
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    # Libraries have much to say about what is optional to them.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s: %(message)s")
    logging.getLogger("sortline").setLevel(logging.WARNING)
    # Only the verb asked for is imported: Beam alone takes a second or two.
    wanted = [verb for verb in VERBS if verb in arguments[:1]] or VERBS
    for verb in wanted:
        importlib.import_module(f"framework.cli.{verb}").add(verbs)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except UserError as error:
        print(f"sortline: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    if os.environ.get("SORTLINE_TRACEBACK"):
        traceback.print_exc()
    cause = str(error).strip().splitlines()
    print(
        f"sortline: unexpected {type(error).__name__}: {cause[-1] if cause else 'no message'}\n"
        "This is a defect in Sortline. Run again with SORTLINE_TRACEBACK=1 for its report.",
        file=sys.stderr,
    )
    return 1
