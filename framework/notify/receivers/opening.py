"""Opens the receivers of a pipeline's definition."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter

from framework.definitions.model import Pipeline
from framework.definitions.notify import Notified, Topic, Webhook
from framework.definitions.rule import SEVERITIES
from framework.notify.base import NotifyError, Receiver
from framework.notify.receivers.address import Address
from framework.notify.receivers.alertmanager import PATH, Alertmanager
from framework.notify.receivers.sns import ARN, SnsTopic
from framework.notify.receivers.webhook import PlainWebhook
from framework.notify.sender import Channel
from framework.notify.transition import Transition

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def open_channels(pipeline: Pipeline) -> list[Channel]:
    """The receivers of a pipeline, each with the test of what it wants. Raises `NotifyError`."""
    seen: Counter[str] = Counter()
    channels: list[Channel] = []
    for one in pipeline.notify:
        name = _name(one)
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name}-{seen[name]}"
        try:
            channels.append(channel(one, name, pipeline.name))
        except NotifyError as error:
            raise NotifyError(f"notify: {name}: {error}") from None
    return channels


def channel(one: Notified, name: str, pipeline: str) -> Channel:
    """One receiver under a name. Raises `NotifyError`."""
    return _receiver(one, name, pipeline), Wants(one)


class Wants:
    """Whether a receiver is told of a transition, by its severity and its rule."""

    def __init__(self, one: Notified) -> None:
        self._least, self._rules = SEVERITIES.index(one.severity), frozenset(one.rules)

    def __call__(self, transition: Transition) -> bool:
        severe = SEVERITIES.index(transition.severity) >= self._least
        return severe and (not self._rules or transition.rule in self._rules)


def _receiver(one: Notified, name: str, pipeline: str) -> Receiver:
    match one:
        case Webhook():
            headers = {key: _filled(text) for key, text in one.headers.items()}
            for key, text in headers.items():
                if any(not " " <= sign <= "\xff" for sign in text):
                    raise NotifyError(f"header {key} holds signs that no header may have")
            url = _filled(one.url)
            if one.format == "plain":
                return PlainWebhook(name, Address("webhook", url, headers), pipeline, one.link)
            if not url.rstrip("/").endswith(PATH):
                url = url.rstrip("/") + PATH
            address = Address("Alertmanager", url, headers)
            return Alertmanager(name, address, pipeline, one.link, one.severity)
        case Topic():
            topic = _filled(one.topic)
            if not ARN.fullmatch(topic):
                raise NotifyError("it is no topic: write arn:aws:sns:REGION:ACCOUNT:NAME")
            endpoint = _filled(one.endpoint_url) if one.endpoint_url else None
            return SnsTopic(name, topic, pipeline, one.link, one.region, endpoint)


def _filled(text: str) -> str:
    """A text with what the environment has for `${NAME}`. Files of secrets often end in a line break."""

    def value(found: re.Match[str]) -> str:
        try:
            return os.environ[found[1]].strip()
        except KeyError:
            raise NotifyError(
                f"the environment variable {found[1]} is not set: set it, or run with --no-notify"
            ) from None

    return _VARIABLE.sub(value, text)


def _text(one: Notified) -> str:
    return one.url if isinstance(one, Webhook) else one.topic


def _name(one: Notified) -> str:
    """A name from what is written: another value of a variable is still the same receiver.

    >>> _name(Webhook("https://user:${PASSWORD}@hooks.example.com/${PATH}"))
    'hooks.example.com-6075e50c'
    """
    text = _text(one)
    kind = one.format if isinstance(one, Webhook) else "sns"
    shown = text.rpartition(":")[2] if kind == "sns" else text.partition("://")[2] or text
    shown = shown.partition("/")[0].rpartition("@")[2]
    digest = hashlib.sha256(f"{kind} {text}".encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9.]+', '-', shown).strip('-')}-{digest}"
