"""A simulation: how a believable plant behaves."""

from __future__ import annotations

from framework.definitions.kinds.common import DURATIONS, NAMED, TEXTS
from framework.definitions.spec import (
    Boolean,
    Either,
    Field,
    Items,
    Kind,
    Named,
    Number,
    Object,
    Scalar,
    Text,
)

_SHARE = Number(least=0, most=1)
_VALUE = Object(
    (
        Field(
            "choice",
            Named(Number(least=0), least=1),
            "values with their weights",
            example="{jam: 1, full: 3}",
        ),
        Field("constant", Scalar(), "always this"),
        Field("normal", Items(Number(), least=2, most=2), "mean and standard deviation, cut off at zero"),
        Field("lognormal", Items(Number(), least=2, most=2), "median and spread (sigma of the logarithm)"),
        Field("uniform", Items(Number(), least=2, most=2), "least and greatest"),
        Field("chance", _SHARE, "true with this probability"),
        Field("number", Text(), "a running number, after this prefix", example="P"),
        Field("whole", Boolean(), "rounds down to whole numbers", default="false"),
        Field("between", Items(Number(), least=2, most=2), "cuts off what is less or greater"),
    )
)
_STEP = Object(
    (
        Field(
            "set", Named(Either(scalar=Scalar(), mapping=_VALUE)), "the fields of this event", required=True
        ),
        Field("chance", _SHARE, "how likely the step happens to an item", default="1"),
        Field(
            "after",
            Items(Number(least=0), least=2, most=2),
            "seconds after the step before: least and greatest",
            default="[0, 0]",
        ),
        Field("instead", Boolean(), "ends the item here when it happens", default="false"),
        Field("name", NAMED, "by which incidents refer to it"),
    )
)
_INCIDENT = Object(
    (
        Field("incident", NAMED, "what is written as the truth", required=True),
        Field(
            "at",
            Named(Scalar(), least=1),
            "which entities: dimensions and fields with their values; required with `start`",
        ),
        Field("start", DURATIONS, "after the beginning of the simulation; this or `every`"),
        Field("every", DURATIONS, "by chance: on the average one in this time, at one of the entities"),
        Field(
            "over",
            Text(),
            "with `every`: each concerns all entities with one value of this field or dimension",
            default="one entity",
            example="site",
        ),
        Field(
            "lasts", DURATIONS, "how long; with `every`, half as long to half as long again", required=True
        ),
        Field("rate", Number(least=0), "factor on how many items there are; 0 stops them", default="1"),
        Field("fades", Boolean(), "gets there slowly over its time", default="false"),
        Field("chances", Named(_SHARE), "new chances of steps by name"),
    )
)
_VARY = Object(
    (
        Field("by", Number(least=0, most=2), "how much: the sigma of the logarithm", required=True),
        Field("over", DURATIONS, "how slowly: within this, the autocorrelation falls to 1/e", required=True),
        Field(
            "shared",
            Text(),
            "a field or dimension: entities with one value of it vary alike",
            default="each by itself",
            example="site",
        ),
    )
)
SIMULATION = Kind(
    "simulation",
    "A believable plant: entities from the zone maps, items that pass through steps, incidents.",
    Object(
        (
            Field("simulation", NAMED, "the simulation's name", required=True),
            Field(
                "entity",
                TEXTS,
                "the fields that identify one source of items; their values come from the zone maps",
                required=True,
                example="[machine_id, lane]",
            ),
            Field(
                "partition_key",
                Text(),
                "the field whose value is the record's partition key",
                default="the first of `entity`",
            ),
            Field("rate", Number(least=0), "items an hour of each entity at a busy time", required=True),
            Field(
                "rate_dimension",
                Text(),
                "a zone dimension that holds the rate of all entities with the same first field",
                example="rated_per_hour",
            ),
            Field("timezone", Text(), "in which the hours of `day` are", default="UTC"),
            Field(
                "day",
                Items(Number(least=0), least=24, most=24),
                "share of the rate in each hour of the day",
                default="1 all day",
            ),
            Field(
                "week",
                Items(Number(least=0), least=7, most=7),
                "share of the rate on each day from Monday",
                default="1 all week",
            ),
            Field(
                "holidays",
                Items(Text(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", like="a day such as 2026-12-25")),
                "days on which `holiday` is the share of the rate, whatever day of the week they are",
            ),
            Field("holiday", Number(least=0), "share of the rate on `holidays`", default="0"),
            Field("varies", Items(_VARY), "random factors on the rate, for what no curve tells"),
            Field(
                "item",
                Named(Either(scalar=Scalar(), mapping=_VALUE)),
                "fields that all events of an item share, drawn once for each item",
                example="{item_id: {number: P}}",
            ),
            Field(
                "each",
                Named(Either(scalar=Scalar(), mapping=_VALUE)),
                "fields that every event has, drawn for each event",
                example="{event_id: {number: e}}",
            ),
            Field(
                "steps",
                Items(_STEP, least=1),
                "what happens to an item, in order",
                required=True,
            ),
            Field(
                "disorder",
                Items(Number(least=0), least=2, most=2),
                "seconds that records are delayed: usual and greatest",
                default="[0, 0]",
            ),
            Field("duplicates", _SHARE, "share of records that come twice", default="0"),
            Field("incidents", Items(_INCIDENT), "what goes wrong, and when"),
        )
    ),
)
