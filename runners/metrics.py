"""A run's figures for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, start_http_server

if TYPE_CHECKING:
    from runners.driver import Status


class Metrics:
    """Serves `/metrics` on a port of the loopback interface. Raises `OSError` when the port is taken."""

    def __init__(self, pipeline: str, port: int) -> None:
        registry = CollectorRegistry()
        self._pipeline = pipeline

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"sortline_{name}", text, ["pipeline", *labels], registry=registry)

        self._tick = gauge("tick", "number of the last committed tick")
        self._seconds = gauge("tick_seconds", "duration of the last tick")
        self._rate = gauge("records_per_second", "records a second in the last tick")
        self._lag = gauge("lag_seconds", "clock less the greatest event time read")
        self._watermark = gauge("watermark_seconds", "the watermark, in seconds since the epoch")
        self._totals = gauge("total", "totals since the checkpoint began", "name")
        self._dead = gauge("dead_letters_total", "dead letters since the checkpoint began", "reason")
        self._bytes = gauge("checkpoint_bytes", "size of the state that the last commit names")
        self._objects = gauge("checkpoint_objects", "objects of the state that the last commit names")
        self._committed = time.monotonic()
        age = gauge("checkpoint_age_seconds", "time since the last commit; before one, since the start")
        age.labels(pipeline).set_function(lambda: time.monotonic() - self._committed)
        start_http_server(port, addr="127.0.0.1", registry=registry)

    def observe(self, status: Status) -> None:
        """Take in what a tick did."""
        commit, name = status.commit, self._pipeline
        self._committed = time.monotonic()
        self._tick.labels(name).set(commit.number)
        self._seconds.labels(name).set(status.seconds)
        self._rate.labels(name).set(status.records_per_second)
        if commit.latest is not None:
            self._lag.labels(name).set((status.clock - commit.latest) / 1e6)
        if commit.watermark is not None:
            self._watermark.labels(name).set(commit.watermark / 1e6)
        sizes = commit.sizes
        self._bytes.labels(name).set(sum(sizes.values()))
        self._objects.labels(name).set(len(sizes))
        for total, count in commit.totals.items():
            if not total.startswith("dead."):
                self._totals.labels(name, total).set(count)
        for reason, count in commit.dead.items():
            self._dead.labels(name, reason).set(count)
