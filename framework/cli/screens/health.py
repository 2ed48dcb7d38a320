"""How a run is doing, from the figures that it serves for Prometheus."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from rich.text import Text

_WAIT = 0.5  # seconds for the run to answer
_OVER = 15.0  # seconds that the rate is taken over


class Health:
    """Asks a run's `--metrics-port` each time; `url` is such as http://127.0.0.1:9108."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/metrics"
        self._seen: deque[tuple[float, float]] = deque()

    def line(self) -> Text:
        """Records a second, lag, watermark and dead letters, or that the run does not answer."""
        try:
            with urllib.request.urlopen(self._url, timeout=_WAIT) as answer:
                text = answer.read().decode()
        except (OSError, ValueError, urllib.error.URLError):
            return Text("the run does not answer yet", style="dim")
        return self.told(text, time.monotonic())

    def told(self, text: str, now: float) -> Text:
        """The line for what a run served at a moment (seconds of any clock that does not jump)."""
        found = _figures(text)
        records = found.get("sortline_total records")
        if records is None:
            return Text("the run has read nothing yet", style="dim")
        self._seen.append((now, records))
        while len(self._seen) > 2 and now - self._seen[0][0] > _OVER:
            self._seen.popleft()
        since, before = self._seen[0]
        rate = (records - before) / (now - since) if now > since else 0.0
        dead = sum(value for name, value in found.items() if name.startswith("sortline_dead_letters_total"))
        lag, watermark = found.get("sortline_lag_seconds"), found.get("sortline_watermark_seconds")
        parts = [f"{rate:,.0f} records/s", f"{records:,.0f} records"]
        if lag is not None:
            parts.append(f"lag {lag:,.1f} s")
        if watermark is not None and watermark < 9e9:
            parts.append(f"watermark {datetime.fromtimestamp(watermark, UTC):%H:%M:%S}")
        parts.append(f"{dead:,.0f} dead letters")
        return Text("   ".join(parts), style="bold green" if not dead else "bold yellow")


def _figures(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            label = _label(value for name, value in sample.labels.items() if name != "pipeline")
            found[f"{sample.name}{label}"] = sample.value
    return found


def _label(values: Iterable[str]) -> str:
    return "".join(f" {value}" for value in values)
