"""The numbered points of a tick, where a test may kill the process to prove that nothing is lost."""

from __future__ import annotations

import os
import signal

POINTS = (
    "before_intent",
    "after_intent",
    "after_read",
    "after_aggregate",
    "after_evaluate",
    "before_write",
    "amid_write",
    "after_write",
    "after_state",
    "before_commit",
    "after_commit",
    "after_cleanup",
)
VARIABLE = "SORTLINE_KILL_AT"


def point(name: str, tick: int) -> None:
    """Die here, as by `kill -9`, when the environment asks for it: `SORTLINE_KILL_AT=point:tick`."""
    wanted = os.environ.get(VARIABLE)
    if wanted and wanted == f"{name}:{tick}":
        os.kill(os.getpid(), signal.SIGKILL)
