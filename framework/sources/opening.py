"""Opens a source by its name on the command line, or by its definition."""

from __future__ import annotations

from framework.definitions import model
from framework.sources.base import Source, SourceError
from framework.sources.files import FileSource


def open_source(
    spec: str | model.KinesisSource | model.FileSource,
    *,
    endpoint_url: str | None = None,
    start: str | None = None,
) -> Source:
    """The source of `file:PATH`, `kinesis:STREAM`, or of a pipeline's definition. Raises `SourceError`."""
    if isinstance(spec, str):
        kind, _, rest = spec.partition(":")
        if kind == "file" and rest:
            return FileSource(rest)
        if kind != "kinesis" or not rest:
            raise SourceError(f"'{spec}' is no source: write file:PATH or kinesis:STREAM")
        spec = model.KinesisSource(rest)
    if isinstance(spec, model.FileSource):
        return FileSource(spec.path)
    from framework.sources.kinesis import KinesisSource

    return KinesisSource(spec.stream, spec.region, endpoint_url or spec.endpoint_url, start or spec.start)
