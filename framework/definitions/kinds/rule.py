"""An anomaly rule."""

from __future__ import annotations

from framework.definitions.kinds.common import AMOUNT, NAMED, TEXTS, WINDOWS
from framework.definitions.kinds.detect import CLAUSE
from framework.definitions.rule import SEVERITIES
from framework.definitions.spec import Either, Field, Items, Kind, Number, Object, Text

_SEVERITY = Text(choices=SEVERITIES)
_FIRE = Object(
    (
        Field(
            "when",
            Text(choices=("below", "above", "outside")),
            "the side that counts",
            default="the side that `threshold` or `peers` name, else the bad side by the KPI's `better`",
        ),
        Field("for", WINDOWS, "on so many windows on end", default="1 window", example="3 windows"),
        Field("severity", _SEVERITY, "how bad it is", default="warning"),
    )
)
_ESCALATE = Object(
    (
        Field("to", _SEVERITY, "how bad it becomes", default="critical"),
        Field("after", WINDOWS, "once the episode has lasted so long", example="10 windows"),
        Field("detect", CLAUSE, "as soon as this clause holds too"),
    )
)
_RECOVER = Object(
    (
        Field("above", AMOUNT, "the value must be above this; a share is of what is expected", example="90%"),
        Field(
            "below", AMOUNT, "the value must be below this; a share is of what is expected", example="110%"
        ),
        Field("for", WINDOWS, "on so many windows on end", default="1 window"),
        Field("least", WINDOWS, "an episode lasts at least so long", default="0 windows"),
    )
)
_NO_DATA = Object(
    (
        Field("after", WINDOWS, "so many windows without any event", default="1 window"),
        Field(
            "as",
            NAMED,
            "what they mean. keep: nothing changes; ok: as if the clause did not hold; fire: as if it held; "
            "or the rule whose affair they are. A name that no file defines makes such a rule",
            default="keep",
            example="machine_silent",
        ),
    )
)
_DURING = Object(
    (
        Field("calendar", Text(), "the calendar's name", required=True),
        Field(
            "shifts", Items(Text(), least=1), "only in these shifts", default="all", example="[early, late]"
        ),
    )
)
RULE = Kind(
    "rule",
    "What is an anomaly of a KPI, when it becomes an alert, and when that ends.",
    Object(
        (
            Field("rule", NAMED, "the rule's name", required=True, example="throughput_drop"),
            Field("title", Text(), "what people call it", default="from the name", example="Throughput drop"),
            Field("description", Text(), "what it tells and what to do, for the catalogue"),
            Field("owner", Text(), "the team that answers for it", example="sort-ops"),
            Field("kpi", Text(), "the KPI that it watches", required=True, example="throughput"),
            Field(
                "level",
                Text(),
                "the level at which it does; one of the KPI's `by`",
                required=True,
                example="machine",
            ),
            Field(
                "detect", CLAUSE, "what is odd: a clause", required=True, example="{threshold: {below: 900}}"
            ),
            Field("fire", _FIRE, "when an episode begins", example="{when: below, for: 3 windows}"),
            Field(
                "escalate", _ESCALATE, "when it becomes worse", example="{to: critical, after: 10 windows}"
            ),
            Field("recover", _RECOVER, "when it ends", example="{above: 90%, for: 3 windows}"),
            Field(
                "no_data",
                Either(scalar=NAMED, mapping=_NO_DATA),
                "what windows without any event mean; a text stands for `as`",
                default="judged like all others",
                example="{after: 3 windows, as: machine_silent}",
            ),
            Field(
                "min_volume",
                Number(least=0),
                "windows with less are not judged: the denominator of a ratio, "
                "else the greater of value and expected",
                default="0",
                example="50",
            ),
            Field(
                "during",
                Either(scalar=Text(), mapping=_DURING),
                "judges in these hours only: a calendar's shifts, or some of them; not on its holidays",
                default="always",
                example="{calendar: plant, shifts: [early]}",
            ),
            Field(
                "reopen",
                WINDOWS,
                "an episode that fires again so soon after its end goes on as the same one",
                default="10 windows",
            ),
            Field(
                "inhibits",
                TEXTS,
                "rules that open no episode for what belongs to the key, while this one has one",
                example="[machine_silent]",
            ),
            Field(
                "contributors",
                TEXTS,
                "KPIs whose combinations of this level and one more field tell what an episode is made of",
                example="[rejections]",
            ),
            Field(
                "mode",
                Text(choices=("alert", "shadow")),
                "shadow: episodes are kept, nobody is alerted",
                default="alert",
            ),
            Field(
                "message",
                Text(),
                "the alert's sentence. In braces: value, expected, lower, upper, unit, kpi, rule, start, "
                "duration, reason, the level's name, any dimension",
                example='"{machine} sorts {value} {unit} (usual {expected})"',
            ),
        )
    ),
    example="""\
rule: throughput_drop
title: Throughput drop
owner: sort-ops
kpi: throughput
level: machine
detect: {seasonal: {period: week, bucket: 1h, band: p1..p99}, and: {peers: {of: site, below: 70%}}}
fire: {when: below, for: 3 windows, severity: critical}
recover: {above: 90%, for: 3 windows}
no_data: {after: 3 windows, as: machine_silent}
min_volume: 50
message: "{machine} sorts {value} {unit} (usual {expected})"
""",
)
