"""Opens a sink by its name on the command line, or by its definition."""

from __future__ import annotations

from framework.definitions import model
from framework.sinks.base import Sink, SinkUnavailable
from framework.sinks.files import FileSink
from framework.sinks.store import StoreSink

Spec = str | model.ElasticsearchSink | model.FileSink | model.StoreSink


def open_sink(spec: Spec, *, namespace: str) -> Sink:
    """The sink of `file:DIR`, `store:PATH` or `elasticsearch:URL`, or of a definition.

    Raises `SinkUnavailable` for anything else, and for what a sink lacks to be opened.
    """
    if isinstance(spec, str):
        spec = _named(spec)
    if isinstance(spec, model.FileSink):
        return FileSink(spec.path)
    if isinstance(spec, model.StoreSink):
        return StoreSink(spec.path)
    # Imported where it is used: most runs need no client, and it takes a third of a second.
    from framework.sinks.elasticsearch import ElasticsearchSink

    return ElasticsearchSink(spec.url, namespace)


def _named(spec: str) -> model.ElasticsearchSink | model.FileSink | model.StoreSink:
    kind, _, rest = spec.partition(":")
    if rest and kind == "file":
        return model.FileSink(rest)
    if rest and kind == "store":
        return model.StoreSink(rest)
    if rest and kind == "elasticsearch":
        return model.ElasticsearchSink(rest)
    raise SinkUnavailable(f"'{spec}' is no sink: write store:PATH, file:DIR or elasticsearch:URL")
