"""One line that tells how a run is doing, while a person watches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from runners.driver import Status


class Progress:
    """Rewrites one line of a terminal after each tick; silent when nobody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._watched = stream.isatty()

    def show(self, status: Status) -> None:
        """Show what a tick did."""
        if self._watched:
            self._stream.write(f"\r\x1b[2K{line(status)}")
            self._stream.flush()

    def close(self) -> None:
        """Leave the last line standing."""
        if self._watched:
            self._stream.write("\n")


def line(status: Status) -> str:
    """Records a second, lag, watermark and windows closed, in one line."""
    commit, totals = status.commit, status.commit.totals
    lag = "-" if commit.latest is None else _span((status.clock - commit.latest) / 1e6)
    alerts = f"  alerts {totals['episodes.open']:,}" if "episodes.open" in totals else ""
    return (
        f"tick {commit.number}  {status.records_per_second:,.0f} records/s  lag {lag}  "
        f"watermark {_moment(commit.watermark)}  windows closed {totals.get('windows.final', 0):,}  "
        f"records {totals.get('records', 0):,}  dead letters {sum(commit.dead.values()):,}"
        f"{alerts}"
    )


def _moment(watermark: int | None) -> str:
    if watermark is None:
        return "-"
    if watermark > 9e15:
        return "end"
    return datetime.fromtimestamp(watermark / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f}s"
    return f"{seconds / 60:.0f}m" if seconds < 7200 else f"{seconds / 3600:.0f}h"
