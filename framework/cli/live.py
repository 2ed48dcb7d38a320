"""`sortline live`: what the embedded store holds, in the terminal, as it grows."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from framework.cli.checking import check
from framework.cli.errors import UserError
from framework.cli.screens.alerts import episodes
from framework.cli.screens.health import Health
from framework.cli.screens.panels import Document, Wanted, totals, trend, worst
from framework.cli.stopping import Stop
from framework.definitions.durations import moment
from framework.definitions.model import Kpi
from framework.sinks import store

_WINDOW = 3_600_000_000  # an hour of documents is shown
Draw = Callable[[Kpi, Wanted, Sequence[Document], int], Panel]


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("live", help="watch the embedded store in the terminal")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--store", default="sortline.db", help="the embedded store (default %(default)s)")
    parser.add_argument(
        "--trend", action="append", default=[], metavar="KPI:LEVEL", help="its last windows as bars"
    )
    parser.add_argument(
        "--worst", action="append", default=[], metavar="KPI:LEVEL", help="its worst over the last windows"
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="KPI:LEVEL",
        help="its sums, one dimension down, one across",
    )
    parser.add_argument(
        "--metrics", metavar="URL", help="also tell how the run with this --metrics-port does"
    )
    parser.add_argument("--seconds", type=float, help="stop after this long; exit code 1 if nothing was seen")
    parser.add_argument("--svg", help="also write the last screen as a picture")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the panels until Ctrl-C, or for the seconds asked for."""
    panels, rules = _panels(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    until = time.monotonic() + arguments.seconds if arguments.seconds else float("inf")
    stop = Stop()
    health = Health(arguments.metrics) if arguments.metrics else None
    screen = Screen(arguments.store, panels, health, rules)
    seen = _watch(console, screen, until, stop)
    if arguments.svg:
        picture = Console(record=True, width=120, height=50, file=io.StringIO())
        picture.print(screen.draw(picture.height)[0])
        Path(arguments.svg).write_text(picture.export_svg(title="sortline live"))
    return 0 if seen or not arguments.seconds else 1


def _watch(console: Console, source: Screen, until: float, stop: Stop) -> bool:
    """Redraw every second on a terminal, every ten elsewhere; whether anything was seen."""
    with contextlib.ExitStack() as stack:
        live = (
            stack.enter_context(Live(console=console, auto_refresh=False, screen=True))
            if console.is_terminal
            else None
        )
        while True:
            screen, seen = source.draw(console.height if live else 50)
            if live:
                live.update(screen, refresh=True)
            elif seen:
                console.print(screen)
            if stop.asked or time.monotonic() >= until:
                return seen
            stop.rest(min(time.monotonic() + (1.0 if live else 10.0), until))


def _panels(arguments: argparse.Namespace) -> tuple[list[tuple[Draw, Kpi, Wanted]], bool]:
    """The panels asked for, or some, and whether there are rules."""
    checked = check(arguments.dir)
    if checked.definitions is None:
        raise UserError(f"the definitions in {arguments.dir} can't be read: run sortline check", code=1)
    kpis = {kpi.name: kpi for kpi in checked.definitions.kpis}
    found: list[tuple[Draw, Kpi, Wanted]] = []
    for draw, texts in ((trend, arguments.trend), (worst, arguments.worst), (totals, arguments.table)):
        for text in texts:
            try:
                wanted = Wanted.of(text)
            except ValueError as error:
                raise UserError(str(error)) from None
            if wanted.kpi not in kpis or wanted.level not in {one.name for one in kpis[wanted.kpi].by}:
                raise UserError(f"no KPI '{wanted.kpi}' at level '{wanted.level}'")
            found.append((draw, kpis[wanted.kpi], wanted))
    if not found:
        found = [(trend, kpi, Wanted(kpi.name, kpi.by[-1].name)) for kpi in list(kpis.values())[:4]]
    return found, bool(checked.definitions.rules)


class Screen:
    """What is shown: the panels over the store at `path`, and how the run does where that is asked for.

    Where there are rules, their episodes come first.
    """

    def __init__(
        self,
        path: str,
        panels: Sequence[tuple[Draw, Kpi, Wanted]],
        health: Health | None = None,
        rules: bool = False,
    ) -> None:
        self._path, self._panels, self._health, self._rules = path, panels, health, rules

    def draw(self, height: int) -> tuple[RenderableType, bool]:
        """The screen for so many lines, and whether the store has anything for it."""
        # Two lines of a panel are its frame; a few panels have less to show than they may.
        count = len(self._panels) + self._rules
        rows = min(max((height - 2 - 2 * count) // max(count, 1), 2), 6)
        since = time.time_ns() // 1_000 - _WINDOW
        parts: list[RenderableType] = [self._health.line()] if self._health else []
        seen = False
        if self._rules:
            parts.append(episodes(store.read(self._path, "alert", limit=1_000), rows))
        for draw, kpi, wanted in self._panels:
            found = store.latest(self._path, kpi=wanted.kpi, level=wanted.level, limit=20_000)
            recent = [one for one in found if _time(one) >= since] or found
            seen = seen or bool(recent)
            parts.append(draw(kpi, wanted, recent, rows))
        bad = store.read(self._path, "deadletter", limit=10_000)
        reasons = Counter(one["deadletter"]["reason"] for one in bad)
        told = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common()) or "none"
        parts.append(Text(f"dead letters: {told}    {time.strftime('%H:%M:%S')}    Ctrl-C ends", style="dim"))
        return Group(*parts), seen


def _time(document: Document) -> int:
    return moment(str(document["@timestamp"]))
