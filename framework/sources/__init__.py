"""Where events come from."""

from framework.sources.base import Range, Reader, RecordBatch, Source, SourceError
from framework.sources.opening import open_source

__all__ = ["Range", "Reader", "RecordBatch", "Source", "SourceError", "open_source"]
