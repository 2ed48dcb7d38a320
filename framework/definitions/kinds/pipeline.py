"""The pipeline."""

from __future__ import annotations

from framework.definitions.kinds.common import DURATIONS, NAMED
from framework.definitions.rule import SEVERITIES
from framework.definitions.spec import Boolean, Field, Items, Kind, Named, Number, Object, Text

_SOURCE = Object(
    (
        Field(
            "kinesis",
            Object(
                (
                    Field("stream", Text(), "the stream's name", required=True),
                    Field("region", Text(), "the AWS region", default="from the environment"),
                    Field("endpoint_url", Text(), "where Kinesis is, when not at AWS"),
                    Field(
                        "start",
                        Text(),
                        "where to begin at first: trim_horizon, latest, or an ISO 8601 time",
                        default="trim_horizon",
                    ),
                )
            ),
            "a Kinesis stream",
        ),
        Field("file", Text(), "a file of newline-delimited JSON, or a folder of them"),
    )
)
_NAMESPACE = Text(pattern="^[a-z][a-z0-9_-]*$", like="a name of small letters, digits, _ and -")
_SINK = Object(
    (
        Field(
            "elasticsearch",
            Object(
                (
                    Field(
                        "url",
                        Text(),
                        "the cluster; ${NAME} is taken from the environment",
                        required=True,
                        example='"${ELASTICSEARCH_URL}"',
                    ),
                    Field(
                        "namespace",
                        _NAMESPACE,
                        "part of the indices' names",
                        default="default",
                        example="prod",
                    ),
                )
            ),
            "an Elasticsearch cluster",
        ),
        Field("file", Text(), "a folder for documents as newline-delimited JSON"),
        Field("store", Text(), "the embedded store: one file"),
    )
)
_FIELD = Object(
    (
        Field(
            "type", Text(choices=("string", "int", "float", "bool")), "what its JSON value is", required=True
        ),
        Field("unit", Text(), "the unit of its numbers", example="ms"),
        Field("optional", Boolean(), "may be missing or null", default="false"),
        Field(
            "range",
            Items(Number(), least=2, most=2),
            "the least and the greatest number allowed",
            example="[1, 64]",
        ),
        Field("one_of", Items(Text(), least=1), "the only texts allowed", example="[sorted, rejected]"),
    )
)
_EVENTS = Object(
    (
        Field("time", Text(), "the key that holds the event's time", required=True, example="ts"),
        Field(
            "time_format",
            Text(choices=("iso", "s", "ms", "us", "ns")),
            "ISO 8601, or a number since 1970 in s, ms, us or ns",
            default="iso",
        ),
        Field(
            "id",
            Text(),
            "the key that tells one event from another; without it nothing is deduplicated",
            example="event_id",
        ),
        Field(
            "dedupe", DURATIONS, "a second event with the same id inside this is not counted", default="10m"
        ),
        Field(
            "disorder",
            DURATIONS,
            "how late events usually are: a window waits this long for them",
            default="30s",
        ),
        Field(
            "correct_for", DURATIONS, "for how long after its end a window is still corrected", default="10m"
        ),
        Field("ahead", DURATIONS, "how far past the clock an event's time may lie", default="5m"),
        Field("fields", Named(_FIELD, least=1), "the event's fields, by name", required=True),
    )
)
_NOTIFIED = (
    Field(
        "severity",
        Text(choices=SEVERITIES),
        "the least severity that it is told of",
        default="info",
        example="critical",
    ),
    Field("rules", Items(Text(), least=1), "the only rules that it is told of", default="all"),
    Field(
        "link",
        Text(),
        "the address of a page about an episode; {id} and {rule} stand for the episode's",
        example='"https://kibana.example.com/app/dashboards#/view/episode?id={id}"',
    ),
)
_NOTIFY = Items(
    Object(
        (
            Field(
                "webhook",
                Object(
                    (
                        Field(
                            "url",
                            Text(),
                            "where to POST; ${NAME} is taken from the environment",
                            required=True,
                            example='"${HOOK_URL}"',
                        ),
                        Field(
                            "format",
                            Text(choices=("plain", "alertmanager")),
                            "plain JSON, or alerts as Prometheus' Alertmanager takes them",
                            default="plain",
                        ),
                        Field(
                            "headers",
                            Named(Text()),
                            "headers to send; ${NAME} is taken from the environment",
                            example='{Authorization: "Bearer ${HOOK_TOKEN}"}',
                        ),
                        *_NOTIFIED,
                    )
                ),
                "an address that takes JSON",
            ),
            Field(
                "sns",
                Object(
                    (
                        Field(
                            "topic",
                            Text(),
                            "the topic's ARN; ${NAME} is taken from the environment",
                            required=True,
                            example="arn:aws:sns:eu-central-1:123456789012:alerts.fifo",
                        ),
                        Field("region", Text(), "the AWS region", default="from the ARN"),
                        Field("endpoint_url", Text(), "where SNS is, when not at AWS"),
                        *_NOTIFIED,
                    )
                ),
                "an Amazon SNS topic",
            ),
        )
    )
)
PIPELINE = Kind(
    "pipeline",
    "Where events come from, what they look like, what the levels are, and where documents go. One a folder.",
    Object(
        (
            Field("pipeline", NAMED, "the pipeline's name", required=True, example="plant"),
            Field("source", _SOURCE, "where events come from", default="given with --source"),
            Field("events", _EVENTS, "how a record becomes an event", required=True),
            Field(
                "levels",
                Named(Items(Text(), least=1)),
                "what identifies one of each: event fields and zone dimensions",
                example="{site: [site]}",
            ),
            Field("sink", _SINK, "where documents go", default="the embedded store"),
            Field("notify", _NOTIFY, "who is told when episodes fire, escalate and end", default="nobody"),
        )
    ),
    example="""\
pipeline: plant
source: {kinesis: {stream: events, region: eu-central-1}}
events:
  time: ts
  id: event_id
  fields:
    event_id: {type: string}
    machine: {type: string}
    lane: {type: int, range: [1, 60]}
    outcome: {type: string, one_of: [sorted, rejected]}
    reject_reason: {type: string, optional: true}
    took_ms: {type: float, unit: ms, optional: true}
    test_item: {type: bool, optional: true}
levels:
  machine: [machine]
  zone: [site, zone]
  site: [site]
sink: {elasticsearch: {url: "${ELASTICSEARCH_URL}", namespace: prod}}
""",
)
