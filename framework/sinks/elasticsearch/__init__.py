"""Elasticsearch as a sink."""

from framework.sinks.elasticsearch.sink import ElasticsearchSink

__all__ = ["ElasticsearchSink"]
