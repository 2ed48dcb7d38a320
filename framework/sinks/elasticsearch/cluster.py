"""The way to a cluster: addresses, credentials, and words for what goes wrong on it."""

from __future__ import annotations

import functools
import logging
import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from elastic_transport import ConnectionError as ConnectionLost
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from framework.sinks.base import SinkUnavailable

T = TypeVar("T")

log = logging.getLogger("sortline.elasticsearch")

API_KEY, CA_CERTS = "ELASTICSEARCH_API_KEY", "ELASTICSEARCH_CA_CERTS"
FIRST_WAIT, LAST_WAIT = 0.2, 10.0  # seconds between attempts
_PORTS = {"http": 9200, "https": 443}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is, and what it knows us by: an API key, else a user with a password, else nothing."""

    nodes: tuple[str, ...]
    api_key: str | None = field(default=None, repr=False)
    user: tuple[str, str] | None = field(default=None, repr=False)
    ca_certs: str | None = None

    @classmethod
    def at(cls, url: str) -> Cluster:
        """The cluster of one url, or of several with commas between. Raises `SinkUnavailable`.

        `${NAME}` in it is taken from the environment; so are ELASTICSEARCH_API_KEY and
        ELASTICSEARCH_CA_CERTS (a file).
        """
        nodes, user = [], None
        for text in _VARIABLE.sub(_value, url).split(","):
            parts = urlsplit(text.strip() if "://" in text else f"http://{text.strip()}")
            try:
                port = parts.port or _PORTS[parts.scheme]
            except (KeyError, ValueError):
                port = 0
            if not port or not parts.hostname:
                raise SinkUnavailable(
                    f"'{_shown(text)}' is no address of Elasticsearch: write https://HOST:PORT"
                )
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            nodes.append(f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}")
            if parts.username:
                user = (unquote(parts.username), unquote(parts.password or ""))
        return cls(tuple(nodes), os.environ.get(API_KEY) or None, user, os.environ.get(CA_CERTS) or None)

    def client(self) -> Elasticsearch:
        """This process's client. Retries are the caller's."""
        return _client(self)

    def __str__(self) -> str:
        return f"Elasticsearch at {', '.join(self.nodes)}"


@functools.lru_cache(maxsize=4)
def _client(cluster: Cluster) -> Elasticsearch:
    # It would report every attempt; what matters is told here, once.
    logging.getLogger("elastic_transport.node_pool").setLevel(logging.ERROR)
    return Elasticsearch(
        list(cluster.nodes),
        max_retries=0,
        retry_on_timeout=False,
        request_timeout=60.0,
        connections_per_node=4,
        api_key=cluster.api_key,
        basic_auth=None if cluster.api_key else cluster.user,
        **({"ca_certs": cluster.ca_certs} if cluster.ca_certs else {}),  # type: ignore[arg-type]
    )


def is_passing(error: Exception) -> bool:
    """Whether the same call may go well in a moment."""
    if isinstance(error, ApiError):
        return error.meta.status == 429 or error.meta.status >= 500
    lost = isinstance(error, ConnectionLost | ConnectionTimeout | SerializationError)
    return lost and not isinstance(error, TlsError)


def explained(error: Exception, cluster: Cluster) -> SinkUnavailable:
    """What is wrong, and the cure, for a person."""
    status = error.meta.status if isinstance(error, ApiError) else 0
    if status == 401:
        return SinkUnavailable(
            f"{cluster} does not know us: set {API_KEY}, or write https://USER:PASSWORD@HOST:PORT as its url"
        )
    if status == 403:
        return SinkUnavailable(
            f"{cluster} does not allow it ({reason(error)}): give the user or API key the cluster privilege "
            "manage_index_templates and, on sortline-*, the privileges auto_configure, create_index and write"
        )
    if isinstance(error, TlsError):
        return SinkUnavailable(
            f"{cluster} shows a certificate that is not trusted ({_cause(error)}): set {CA_CERTS} to the "
            "file of its authority"
        )
    if isinstance(error, UnsupportedProductError):
        return SinkUnavailable(f"{cluster}: what answers there is not Elasticsearch: check the url")
    if isinstance(error, ApiError):
        return SinkUnavailable(f"{cluster} answers {status}: {reason(error)}")
    return SinkUnavailable(
        f"{cluster} is out of reach ({_cause(error)}): see that it is up, then run this again"
    )


def patiently(
    call: Callable[[], T],
    cluster: Cluster,
    patience: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """What the call gives, tried again for `patience` seconds. Raises `SinkUnavailable`."""
    wait, since = FIRST_WAIT, clock()
    while True:
        try:
            return call()
        except (ApiError, TransportError, UnsupportedProductError) as error:
            if not is_passing(error) or clock() - since > patience:
                raise explained(error, cluster) from None
            if wait == FIRST_WAIT:
                tell(error, cluster, patience)
        sleep(jittered(wait))
        wait = min(LAST_WAIT, 2 * wait)


def tell(error: Exception, cluster: Cluster, patience: float) -> None:
    """Let a person know why nothing moves."""
    log.warning("%s; trying again for %g s", explained(error, cluster), patience)


def jittered(wait: float) -> float:
    """About so many seconds: writers that were refused together come back apart."""
    return wait * (0.5 + random.random())


def reason(error: Exception) -> str:
    """The cluster's own words."""
    body = error.body if isinstance(error, ApiError) else None
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("reason") or body["error"].get("type"))
    return _cause(error)


def _cause(error: Exception) -> str:
    return str(getattr(error, "message", "") or error)


def _value(found: re.Match[str]) -> str:
    value = os.environ.get(found[1])
    if not value:
        raise SinkUnavailable(
            f"the sink's url needs the environment variable {found[1]}: set it, or give --sink"
        )
    return value


def _shown(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
