"""What goes wrong on the way to EMR."""

from __future__ import annotations


class EmrError(Exception):
    """A message in one line, with the cure."""
