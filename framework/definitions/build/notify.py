"""The models of who is notified."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.notify import Notified, Topic, Webhook

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_LIKE_ONE = re.compile(r"\$\{[^}]*\}?|\$\w+")
_IN_LINK = re.compile(r"\{([^{}]*)\}")
_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN = ("content-length", "content-type", "host", "transfer-encoding")
_SECRET = ("authorization", "x-api-key", "api-key", "x-auth-token")


def build_notify(converted: Converted, gather: Gather) -> tuple[Notified, ...]:
    """The receivers of a checked pipeline file, but for those with mistakes."""
    value = converted.value.get("notify") or []
    built = (_receiver(converted, gather, place, one) for place, one in enumerate(value))
    return tuple(one for one in built if one is not None)


def _receiver(converted: Converted, gather: Gather, place: int, value: dict[str, Any]) -> Notified | None:
    if not value and "notify" in converted.faulty:
        return None  # what it named was left out, with a word on it
    if len(value) != 1:
        message = "one entry is one receiver" if value else "no receiver is named"
        gather.add(converted.at("notify", place), "pipeline/notify-none", message, "write webhook or sns")
        return None
    (kind, body), *_ = value.items()
    path: Path = ("notify", place, kind)
    places = tuple(converted.at(*path, "rules", index) for index in range(len(body.get("rules") or ())))
    body = {**body, "rules": tuple(body.get("rules") or ()), "places": places}
    if "link" in body:
        _link(converted, gather, (*path, "link"), body["link"])
    if kind == "sns":
        _topic(converted, gather, (*path, "topic"), body["topic"])
        if "endpoint_url" in body:
            _address(converted, gather, (*path, "endpoint_url"), body["endpoint_url"])
        return Topic(**body)
    _address(converted, gather, (*path, "url"), body["url"])
    for name, text in (body.get("headers") or {}).items():
        _header(converted, gather, (*path, "headers", name), name, text)
    return Webhook(**body)


def _address(converted: Converted, gather: Gather, path: Path, text: str) -> None:
    if not _placeholders(converted, gather, path, text):
        return
    if text.startswith("${"):
        return  # whatever it holds, it is known when run
    whole = _VARIABLE.sub("1", text)
    try:
        parts = urlsplit(whole)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(sign <= " " or sign > "~" for sign in whole):
        message = f"'{text}' is no address that can be sent to"
        gather.add(converted.at(*path), "pipeline/bad-address", message, "write https://HOST/PATH")


def _topic(converted: Converted, gather: Gather, path: Path, text: str) -> None:
    if _placeholders(converted, gather, path, text) and "$" not in text and not _ARN.fullmatch(text):
        hint = "write arn:aws:sns:REGION:ACCOUNT:NAME"
        gather.add(converted.at(*path), "pipeline/bad-topic", f"'{text}' is no topic of SNS", hint)


def _header(converted: Converted, gather: Gather, path: Path, name: str, text: str) -> None:
    at = converted.key(*path)
    if not _HEADER.fullmatch(name):
        gather.add(
            at, "pipeline/bad-header", f"'{name}' can't be a header's name", "use letters, digits and -"
        )
    elif name.lower() in _OWN:
        gather.add(at, "pipeline/bad-header", f"{name} is set by itself", "leave it out")
    elif any(not " " <= sign <= "\xff" for sign in text):
        message = f"the value of {name} has signs that no header may have"
        gather.add(converted.at(*path), "pipeline/bad-header", message, "use Latin letters on one line")
    elif _placeholders(converted, gather, path, text) and name.lower() in _SECRET and "${" not in text:
        hint = f'write {name}: "${{NAME}}" and set NAME where it runs'
        message = f"the secret of {name} is written out, for all who read this file"
        gather.add(converted.at(*path), "pipeline/secret", message, hint, "warning")


def _link(converted: Converted, gather: Gather, path: Path, text: str) -> None:
    for found in _IN_LINK.finditer(text):
        if found[1] not in ("id", "rule"):
            message = f"{found[0]} stands for nothing in a link"
            gather.add(converted.at(*path), "pipeline/placeholder", message, "there are {id} and {rule}")
            return
    _address(converted, gather, path, _IN_LINK.sub("1", text))


def _placeholders(converted: Converted, gather: Gather, path: Path, text: str) -> bool:
    """Whether all that looks like a variable is one."""
    for found in _LIKE_ONE.finditer(text):
        if not _VARIABLE.fullmatch(found[0]):
            name = re.sub(r"\W+", "_", found[0]).strip("_") or "NAME"
            message = f"'{found[0]}' is no variable of the environment"
            gather.add(converted.at(*path), "pipeline/placeholder", message, f"write ${{{name}}}")
            return False
    return True
