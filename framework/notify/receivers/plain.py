"""A transition as plain JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from framework.notify.transition import Transition


def plain(transition: Transition, pipeline: str, link: str = "") -> dict[str, Any]:
    """All of a transition; `key` tells one that comes twice, `id` is the episode's."""
    told: dict[str, Any] = {
        "key": transition.key,
        "id": transition.id,
        "transition": transition.transition,
        "number": transition.number,
        "at": written(transition.at),
        "severity": transition.severity,
        "rule": transition.rule,
        "pipeline": pipeline,
        "message": transition.message,
    }
    if transition.was:
        told["was"] = transition.was
    if link:
        told["link"] = linked(link, transition)
    return told | {"document": document(transition)}


def document(transition: Transition) -> dict[str, Any]:
    """The episode's document; empty where it can't be read."""
    try:
        found = msgspec.json.decode(transition.document)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def linked(link: str, transition: Transition) -> str:
    """The address of the page about an episode.

    >>> linked("https://h/app?id={id}", Transition(
    ...     id="a b", transition="fired", number=1, at=0, severity="info", rule="slow", message=""))
    'https://h/app?id=a%20b'
    """
    return link.replace("{id}", quote(transition.id, "")).replace("{rule}", quote(transition.rule, ""))


def written(microseconds: int) -> str:
    """A time as RFC 3339 has it.

    >>> written(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:06d}Z" if fraction else f"{text}Z"
