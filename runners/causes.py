"""The plain cause in what a Beam runner says of a failed pipeline."""

from __future__ import annotations

import re

_OURS = re.compile(
    r"(?:SinkUnavailable|SourceError|CheckpointError): (.+?)(?: \[while running [^\n]*)?$", re.MULTILINE
)
_ANY = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Failure)): (.+)$", re.MULTILINE)


def plain_cause(error: Exception) -> str | None:
    """What one of our own errors said, out of the traces round it; None when there is none."""
    found = _OURS.findall(str(error))
    return found[-1].replace("\\n", " ") if found else None


def last_cause(error: Exception) -> str:
    """The innermost error's own words."""
    found = _ANY.findall(str(error))
    if not found:
        return str(error).strip().splitlines()[0]
    name, said = found[-1]
    return f"{name}: {said.strip()}"
