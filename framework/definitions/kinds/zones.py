"""A zone map."""

from __future__ import annotations

from framework.definitions.kinds.common import NAMED
from framework.definitions.spec import Field, Items, Kind, Named, Object, Scalar, Text

_ENTRY = Object(
    (
        Field("zone", Text(), "the zone of all events that match", example="inbound"),
        Field(
            "set",
            Named(Scalar()),
            "more dimensions for the events that match",
            example="{rated_per_hour: 9000}",
        ),
    ),
    free=True,
)
ZONES = Kind(
    "zones",
    "Which dimensions events get from their own fields: a site's machines, their lanes and zones.",
    Object(
        (
            Field(
                "zones",
                NAMED,
                "the map's name; several with one name replace one another by `effective`",
                required=True,
                example="hub-berlin",
            ),
            Field(
                "effective",
                Text(pattern=r"^\d{4}-\d{2}-\d{2}([T ].+)?$", like="a day such as 2026-10-01"),
                "the day (UTC) from which the map holds",
                default="always",
                example="2026-10-01",
            ),
            Field(
                "set",
                Named(Scalar()),
                "dimensions that all events of the map get",
                example="{site: BER, region: north}",
            ),
            Field(
                "assign",
                Items(_ENTRY, least=1),
                "entries tried in order, the first match wins; an entry's keys are event fields with a text, "
                "a glob (* ? [0-3]), a range (1-24, or A-01..A-10), or a list of those; "
                "one key may have a mapping from such patterns to zones",
                required=True,
                example="[{machine_id: M-0*, lane: {1-24: inbound, 25-60: outbound}}]",
            ),
        )
    ),
    example="""\
zones: north
effective: 2026-10-01
set: {site: North, region: coast}
assign:
  - machine: M-01
    set: {rated_per_hour: 12000}
    lane: {1-24: inbound, 25-60: outbound}
  - machine: [M-02..M-09, "X-[0-3]"]
    zone: rework
""",
)
