"""Who is notified of what becomes of episodes, as typed, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from framework.definitions.diagnostics import Span
from framework.definitions.rule import Severity


@dataclass(frozen=True)
class Webhook:
    """An address that takes JSON by POST.

    Texts may hold `${NAME}`: taken from the environment when run. `severity` is the least that it is told of;
    `rules` those whose episodes it is told of, none for all. `link` is the address of a page about an
    episode, in which `{id}` and `{rule}` stand for the episode's. `places` has where each rule stands.
    """

    url: str
    format: Literal["plain", "alertmanager"] = "plain"
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    severity: Severity = "info"
    rules: tuple[str, ...] = ()
    link: str = ""
    places: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Topic:
    """An SNS topic by its ARN; the other fields are as a webhook's."""

    topic: str
    region: str | None = None
    endpoint_url: str | None = None
    severity: Severity = "info"
    rules: tuple[str, ...] = ()
    link: str = ""
    places: tuple[Span, ...] = field(default=(), compare=False, repr=False)


Notified = Webhook | Topic
