"""A Kinesis stream as a source."""

from framework.sources.kinesis.reader import KinesisReader
from framework.sources.kinesis.source import KinesisSource

__all__ = ["KinesisReader", "KinesisSource"]
