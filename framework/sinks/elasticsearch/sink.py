"""Documents in Elasticsearch: an index a day (alerts: a month) behind one alias a kind."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from elasticsearch import ApiError

from framework.definitions.model import Definitions
from framework.sinks.base import KINDS, Documents, Refused, SinkUnavailable
from framework.sinks.elasticsearch.bulk import Bulk, chunks, lines
from framework.sinks.elasticsearch.cluster import Cluster, patiently, reason
from framework.sinks.templates import DATES, alias, template

_PATIENCE = 180.0  # seconds: long enough for a node to be restarted
_FIRST_PATIENCE = 15.0  # at the very start a wrong url is likelier
_THREADS = 2
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")

log = logging.getLogger("sortline.elasticsearch")


class ElasticsearchSink:
    """Writes into a cluster. Raises `SinkUnavailable`; the message never holds a secret.

    Every write has an external version: a replay writes the same again, an older writer loses.
    """

    provisional = True

    def __init__(self, url: str, namespace: str, *, patience: float = _PATIENCE) -> None:
        if not _NAMESPACE.fullmatch(namespace):
            raise SinkUnavailable(
                f"'{namespace}' is no namespace: write a-z, 0-9, '-', '_' or '.', at most 100"
            )
        self._cluster = Cluster.at(url)
        self._namespace, self._patience = namespace, patience

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        """Install the index templates; what is in the indices stays, and learns of new fields."""
        indices: Any = self._cluster.client().indices
        for kind in KINDS:
            name, body = alias(kind, self._namespace), template(kind, self._namespace, definitions)
            patiently(
                lambda name=name, body=body: indices.put_index_template(name=name, **body),  # type: ignore[misc]
                self._cluster,
                min(_FIRST_PATIENCE, self._patience),
            )
            self._teach(name, body["template"]["mappings"]["properties"])

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        """Write documents; gives those that Elasticsearch refuses, each with its reason."""
        if not documents.frame.height:
            return []
        sent = lines(documents.frame, alias(documents.kind, self._namespace), DATES[documents.kind], version)
        parts = list(chunks(sent))
        bulk = Bulk(self._cluster, self._patience)
        if len(parts) == 1:
            return bulk.send(parts[0])
        with ThreadPoolExecutor(_THREADS) as pool:
            return [one for refused in pool.map(bulk.send, parts) for one in refused]

    def finish(self) -> None:
        """Make what was written visible to searches."""
        indices = self._cluster.client().indices
        names = [alias(kind, self._namespace) for kind in KINDS]
        patiently(
            lambda: indices.refresh(index=names, ignore_unavailable=True), self._cluster, self._patience
        )

    def _teach(self, name: str, properties: dict[str, Any]) -> None:
        """Add fields that are new to the indices there are."""
        indices = self._cluster.client().indices

        def call() -> None:
            try:
                indices.put_mapping(index=name, properties=properties, ignore_unavailable=True)
            except ApiError as error:
                if error.meta.status == 400:
                    log.warning("%s: older indices keep a field's type: %s", name, reason(error))
                elif error.meta.status != 404:
                    raise

        patiently(call, self._cluster, self._patience)
