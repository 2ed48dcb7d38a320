"""The command line: one file a verb."""

from framework.cli.main import main

__all__ = ["main"]
