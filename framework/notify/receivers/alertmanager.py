"""Prometheus' Alertmanager, or what takes alerts as it does.

Source: its API, version 2 (api/v2/openapi.yaml, `POST /alerts` with `postableAlerts`). An alert is the set
of its labels: the same labels again are the same alert, with a new end. One without an end would be over
after Alertmanager's `resolve_timeout`, as it expects to be sent alerts again and again; transitions come
once, so an open episode's end is given, and far away.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from framework.definitions.durations import DAY, moment
from framework.definitions.rule import SEVERITIES, Severity
from framework.notify.receivers.address import Address
from framework.notify.receivers.plain import document, linked, written
from framework.notify.transition import Transition

PATH = "/api/v2/alerts"
OPEN = 365 * DAY  # how far the end of an open episode is
_SIGN = re.compile(r"[^A-Za-z0-9_]")
_FIGURES = ("value", "expected", "lower", "upper")


class Alertmanager:
    """POSTs a list of `{labels, annotations, startsAt, endsAt, generatorURL}`.

    The labels: `alertname` (the rule), `severity`, `episode` (its id), `pipeline`, `kpi`, `level` and the
    episode's dimensions. Since the severity is one of them, an episode that turns worse is a new alert, and
    the old one ends, unless it was below `least` and so never told.
    """

    most = 100

    def __init__(
        self,
        name: str,
        address: Address,
        pipeline: str,
        link: str = "",
        least: Severity = "info",
        now: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.name, self._address, self._pipeline, self._link = name, address, pipeline, link
        self._least, self._now = SEVERITIES.index(least), now

    def __str__(self) -> str:
        return str(self._address)

    def send(self, transitions: Sequence[Transition]) -> None:
        """Tell of transitions in one call. Raises `ReceiverUnavailable`."""
        alerts = [alert for transition in transitions for alert in self._alerts(transition)]
        self._address.post(msgspec.json.encode(alerts))

    def _alerts(self, transition: Transition) -> Iterator[dict[str, Any]]:
        was = transition.was
        if was and was != transition.severity and SEVERITIES.index(was) >= self._least:
            yield self._alert(transition, was, over=True)
        yield self._alert(transition, transition.severity, over=transition.over)

    def _alert(self, transition: Transition, severity: str, *, over: bool) -> dict[str, Any]:
        shown = document(transition)
        # Alertmanager takes an end that is ahead of its clock for an alert that is still open.
        end = min(transition.at, self._now()) if over else transition.at + OPEN
        alert = {
            "labels": self._labels(transition, severity, shown),
            "annotations": _annotations(transition, shown),
            "startsAt": written(min(_start(transition, shown), end)),
            "endsAt": written(end),
        }
        return alert | ({"generatorURL": linked(self._link, transition)} if self._link else {})

    def _labels(self, transition: Transition, severity: str, shown: Mapping[str, Any]) -> dict[str, str]:
        kpi = _mapping(shown, "kpi")
        labels = {
            "alertname": transition.rule,
            "severity": severity,
            "episode": transition.id,
            "pipeline": self._pipeline,
            "kpi": _text(kpi.get("name")),
            "level": _text(kpi.get("level")),
        }
        for name, value in _mapping(shown, "dimensions").items():
            label = _SIGN.sub("_", name)
            # A name that is taken, or that no label may begin with.
            labels[f"dimension_{label}" if label in labels or not label[:1].isalpha() else label] = _text(
                value
            )
        return {name: text for name, text in labels.items() if text}


def _annotations(transition: Transition, shown: Mapping[str, Any]) -> dict[str, str]:
    alert = _mapping(shown, "alert")
    found = {
        "summary": transition.message,
        "description": _text(alert.get("reason")),
        "transition": transition.transition,
        **{name: _text(alert.get(name)) for name in _FIGURES},
    }
    return {name: text for name, text in found.items() if text}


def _start(transition: Transition, shown: Mapping[str, Any]) -> int:
    try:
        return moment(_mapping(shown, "alert")["start"])
    except (KeyError, ValueError, TypeError):
        return transition.at


def _mapping(shown: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = shown.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    """A value as a label or an annotation, which are texts; empty for what is none."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
