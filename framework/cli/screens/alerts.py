"""The episodes that are open, worst first, and the latest that are over."""

from __future__ import annotations

from collections.abc import Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from framework.cli.screens.panels import Document
from framework.definitions.rule import SEVERITIES

_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_OPEN = ("active", "recovering")


def episodes(found: Sequence[Document], rows: int = 6) -> Panel:
    """A line for each: its severity, since when, and what it says. `found` has alerts, latest first."""
    told = [one for one in found if one["rule"]["mode"] != "shadow"]
    open_ = [one for one in told if one["alert"]["state"] in _OPEN]
    # Sorting keeps the latest first among those of one severity.
    open_.sort(key=lambda one: -SEVERITIES.index(one["rule"]["severity"]))
    over = [one for one in told if one["alert"]["state"] == "resolved"]
    table = Table.grid(padding=(0, 2))
    for one in [*open_, *over][:rows]:
        severity, state = str(one["rule"]["severity"]), str(one["alert"]["state"])
        style = "dim" if state == "resolved" else _STYLES[severity]
        since = str(one["alert"]["start"])[11:19]
        table.add_row(
            Text(severity if state == "active" else state, style=style),
            Text(since, style=style),
            Text(str(one["message"]), style=style),
        )
    if not table.row_count:
        table.add_row(Text("nothing is out of the ordinary", style="green"))
    more = f", {len(open_) - rows} more" if len(open_) > rows else ""
    title = f"Alerts: {len(open_)} open{more}"
    return Panel(table, title=title, title_align="left", border_style="red" if open_ else "green")
