"""A KPI."""

from __future__ import annotations

from framework.definitions.kinds.common import DURATIONS, NAMED, TEXTS
from framework.definitions.spec import Either, Field, Items, Kind, Object, Text

_WINDOW = Object(
    (
        Field("size", DURATIONS, "how much time a value is about", required=True, example="1m"),
        Field(
            "every",
            DURATIONS,
            "how often a window starts; less than the size makes it slide",
            default="the size",
            example="1m",
        ),
    )
)
KPI = Kind(
    "kpi",
    "A figure computed from events, for every window and every one of some levels.",
    Object(
        (
            Field(
                "kpi",
                NAMED,
                "the KPI's name, by which formulas and rules refer to it",
                required=True,
                example="reject_rate",
            ),
            Field("title", Text(), "what people call it", default="from the name", example="Rejection rate"),
            Field("unit", Text(), "the unit of its value; checked against the formula", example='"%"'),
            Field(
                "better",
                Text(choices=("higher", "lower")),
                "which way is good",
                default="higher",
                example="lower",
            ),
            Field("owner", Text(), "the team that answers for it", example="sort-ops"),
            Field("audience", TEXTS, "who looks at it", example="[operator, supervisor]"),
            Field("description", Text(), "what it tells, for the catalogue"),
            Field(
                "by",
                Items(Either(scalar=Text(), items=Items(Text(), least=1)), least=1),
                "the levels it is computed for, a document for each; "
                "a list inside the list is a combination of levels, fields and zone dimensions",
                required=True,
                example="[machine, site, [site, reject_reason]]",
            ),
            Field("window", _WINDOW, "the stretches of event time", required=True, example="{size: 1m}"),
            Field("where", Text(), "counts only events that meet this condition", example="not is_test"),
            Field(
                "value", Text(), "the formula", required=True, example='100 * count(kind == "bad") / count()'
            ),
        )
    ),
    example="""\
kpi: reject_rate
title: Rejection rate
unit: "%"
better: lower
owner: sort-ops
audience: [operator, supervisor]
by: [machine, site, [site, reject_reason]]
window: {size: 5m, every: 1m}
where: not test_item
value: 100 * count(outcome == "rejected") / count()
""",
)
