"""Where documents go."""

from framework.sinks.base import Documents, Refused, Sink, SinkUnavailable
from framework.sinks.opening import open_sink

__all__ = ["Documents", "Refused", "Sink", "SinkUnavailable", "open_sink"]
