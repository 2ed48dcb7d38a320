"""An address that takes JSON by POST, and words for what goes wrong with it."""

from __future__ import annotations

import base64
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from framework.notify.base import NotifyError, ReceiverRefused, ReceiverUnavailable

TIMEOUT = 10.0  # seconds without a sign
_REFUSED = (400, 413, 422)  # of what is sent; other answers are of the receiver
_READ = 300  # bytes of an answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is moved would be asked for with a GET, and headers with secrets sent to who knows where."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Address:
    """Where to POST. Proxies and authorities' certificates are taken from the environment, as by most tools.

    A user and a password in the url are sent as such. Its text is what is there, `kind`, and the host alone:
    paths may be secrets.
    """

    def __init__(self, kind: str, url: str, headers: Mapping[str, str], timeout: float = TIMEOUT) -> None:
        parts = split(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._host = f"{host}:{parts.port}" if parts.port else str(host)
        self._url = parts._replace(netloc=self._host, fragment="").geturl()
        self._headers = {"Content-Type": "application/json", "User-Agent": "sortline"}
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._headers |= headers
        self._kind, self._timeout = kind, timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def __str__(self) -> str:
        return f"{self._kind} {self._host}"

    def post(self, body: bytes) -> None:
        """Send a JSON text. Raises `ReceiverUnavailable`."""
        request = urllib.request.Request(self._url, body, self._headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                answer.read(_READ)
        except urllib.error.HTTPError as error:
            raise self._explained(error) from None
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", None) or error
            said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            raise ReceiverUnavailable(f"{self} is out of reach ({said})") from None

    def _explained(self, error: urllib.error.HTTPError) -> ReceiverUnavailable:
        with error:
            try:
                said = " ".join(error.read(_READ).decode(errors="replace").split())
            except (OSError, http.client.HTTPException):
                said = ""
        text = f"{self} answers {error.code} {error.reason}" + (f": {said}" if said else "")
        if error.code in _REFUSED:
            return ReceiverRefused(text)
        return ReceiverUnavailable(text, _seconds(error.headers.get("Retry-After", "")))


def split(url: str) -> SplitResult:
    """The parts of a url. Raises `NotifyError` where nothing can be sent to it."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(sign <= " " or sign > "~" for sign in url):
        raise NotifyError("it is no address: write https://HOST/PATH")
    return parts


def _seconds(text: str) -> float:
    """What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).

    >>> _seconds("120"), _seconds(""), _seconds("soon")
    (120.0, 0.0, 0.0)
    """
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return 0.0
