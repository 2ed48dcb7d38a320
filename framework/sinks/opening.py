"""Opens a sink by its name on the command line, or by its definition."""

from __future__ import annotations

import os
import re

from framework.definitions import model
from framework.sinks.base import Sink, SinkUnavailable
from framework.sinks.files import FileSink
from framework.sinks.store import StoreSink

_VARIABLE = re.compile(r"\$\{(\w+)\}")
Spec = str | model.ElasticsearchSink | model.FileSink | model.StoreSink


def open_sink(spec: Spec, *, namespace: str) -> Sink:
    """The sink of `file:DIR`, `store:PATH`, `elasticsearch:URL`, or of a definition. Raises `SinkUnavailable`."""
    if isinstance(spec, str):
        kind, _, rest = spec.partition(":")
        known = {"file": model.FileSink, "store": model.StoreSink, "elasticsearch": model.ElasticsearchSink}
        if kind not in known or not rest:
            raise SinkUnavailable(f"'{spec}' is no sink: write store:PATH, file:DIR or elasticsearch:URL")
        spec = known[kind](rest)
    if isinstance(spec, model.FileSink):
        return FileSink(spec.path)
    if isinstance(spec, model.StoreSink):
        return StoreSink(spec.path)
    from framework.sinks.elasticsearch import ElasticsearchSink

    return ElasticsearchSink(_expanded(spec.url), namespace)


def _expanded(url: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in os.environ:
            raise SinkUnavailable(
                f"the sink's url needs the environment variable {name}: set it, or give --sink"
            )
        return os.environ[name]

    return _VARIABLE.sub(value, url)
