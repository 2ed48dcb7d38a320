"""New definitions for a run that goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from framework.cli.checking import check
from framework.definitions import Definitions, render
from framework.plan import Plan, compile_plan
from framework.plan.changes import changes

_EVERY = 1.0  # seconds between looks
_STARTS = ("source", "sink", "namespace", "notify")  # of the pipeline: what only a start can change

Stamp = tuple[tuple[str, int, int], ...]


class Watch:
    """Looks at a folder of definitions between ticks.

    `apply` prepares for definitions that are about to count. What is said goes to `tell`: which KPIs
    keep their state and which start anew; or what is wrong, and that the old definitions go on.
    """

    def __init__(
        self,
        folder: str,
        plan: Plan,
        definitions: Definitions,
        apply: Callable[[Definitions], None],
        tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),
    ) -> None:
        self._folder = Path(folder)
        self._plan, self._definitions = plan, definitions
        self._apply, self._tell = apply, tell
        self._seen = self._settling = _stamp(self._folder)
        self._looked = time.monotonic()

    def __call__(self) -> Plan | None:
        """The plan of definitions that have changed and are sound; None where the run goes on as it is."""
        if time.monotonic() - self._looked < _EVERY:
            return None
        self._looked = time.monotonic()
        stamp = _stamp(self._folder)
        # A folder that still changes is being written: wait until it rests for a look.
        rests, self._settling = stamp == self._settling, stamp
        if stamp == self._seen or not rests:
            return None
        self._seen = stamp
        return self._taken()

    def _taken(self) -> Plan | None:
        checked = check(self._folder)
        if checked.errors or checked.definitions is None:
            self._tell(render(checked.errors, checked.files))
            self._refuse(f"{len(checked.errors)} problem(s) in {self._folder}")
            return None
        definitions = checked.definitions
        plan = compile_plan(definitions, checked.kpis)
        if plan.name != self._plan.name:
            self._refuse(f"the pipeline is now named '{plan.name}': that takes a checkpoint of its own")
            return None
        new, old = definitions.pipeline, self._definitions.pipeline
        if fixed := [name for name in _STARTS if getattr(new, name) != getattr(old, name)]:
            self._refuse(f"{new.at.path}: a new {' and '.join(fixed)} takes a new start of the run")
            return None
        if plan.digest == self._plan.digest:
            return None
        self._apply(definitions)
        self._tell(f"new definitions {plan.digest}, from the next tick on")
        for sentence in changes(self._plan, plan).sentences:
            self._tell(f"  {sentence}")
        self._plan, self._definitions = plan, definitions
        return plan

    def _refuse(self, why: str) -> None:
        self._tell(f"{why}; the run goes on with definitions {self._plan.digest}")


def _stamp(folder: Path) -> Stamp:
    """What tells whether a file has changed, come or gone."""
    found = []
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            status = path.stat()
        except FileNotFoundError:  # gone since it was listed
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
