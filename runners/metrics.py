"""A run's figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from framework.notify.delivery import Figures

if TYPE_CHECKING:
    from runners.driver import Status


class Metrics:
    """Serves `/metrics` on a port of the loopback interface. Raises `OSError` when the port is taken.

    `notifications` tells how the receivers of notifications stand.
    """

    def __init__(
        self, pipeline: str, port: int, notifications: Callable[[], Sequence[Figures]] = lambda: ()
    ) -> None:
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
        registry.register(_Notifications(pipeline, notifications))
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


class _Notifications(Collector):
    """What receivers were sent and what waits for them, as of the moment it is asked for."""

    def __init__(self, pipeline: str, figures: Callable[[], Sequence[Figures]]) -> None:
        self._pipeline, self._figures = pipeline, figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures by receiver."""
        labels = ["pipeline", "receiver"]
        text = "notifications since the run began, by outcome; failed counts tries"
        done = GaugeMetricFamily("sortline_notifications", text, labels=[*labels, "outcome"])
        waiting = GaugeMetricFamily("sortline_notifications_waiting", "transitions that wait", labels=labels)
        text = "how long the oldest of them has waited"
        age = GaugeMetricFamily("sortline_notifications_waiting_seconds", text, labels=labels)
        for one in self._figures():
            place = [self._pipeline, one.receiver]
            for outcome in ("sent", "failed", "refused", "dropped"):
                done.add_metric([*place, outcome], getattr(one, outcome))
            waiting.add_metric(place, one.waiting)
            age.add_metric(place, one.age)
        yield from (done, waiting, age)
