"""The detectors of a rule and how they are joined: a clause.

A detector's defaults are written as a file would write them; they are read in the same way.
"""

from __future__ import annotations

from framework.definitions.kinds.common import DURATIONS, LEAST, SHARE, WINDOWS
from framework.definitions.spec import Either, Field, Items, Number, Object, Shared, Text

BAND = Text(
    pattern=r"^p[0-9]+(\.[0-9]+)?\.\.p[0-9]+(\.[0-9]+)?$",
    like="two percentiles such as p1..p99 or p0.5..p99.5",
)
PART = Text(pattern=r"^[A-Za-z][A-Za-z0-9_-]*/\w+$", like="a KPI and a dimension such as rejections/reason")
_WHOLE = Number(whole=True, least=1)
_CHANCE = Number(least=1e-12, most=0.5)
_HALF_LIFE = "after this time, what was learnt counts half"
_HISTORY = "windows that must be learnt from before it judges"

_RELEARN = Field(
    "relearn",
    DURATIONS,
    "an episode that lasts longer than this is learnt from: it is the new usual",
    default="2d",
)

_THRESHOLD = (
    Field("below", Number(), "fires below this, in the KPI's unit", example="900"),
    Field("above", Number(), "fires above this, in the KPI's unit", example="5"),
)
_CHANGE = (
    Field("ago", WINDOWS, "with which earlier window it compares", required=True, example="1h"),
    Field("by", LEAST, "how much it must have changed", required=True, example="30%"),
    Field("floor", Number(least=0), "smaller changes than this, in the KPI's unit, never fire", default="0"),
)
_SEASONAL = (
    Field("period", Text(choices=("week", "day")), "after what the figures come again", default="week"),
    Field(
        "bucket", DURATIONS, "each stretch of this length has its own band; it divides a day", default="1h"
    ),
    Field("band", BAND, "what is usual, as percentiles of what was seen at this time", default="p1..p99"),
    Field("history", _WHOLE, "windows that a stretch needs before it is judged", default="30"),
    Field("half_life", DURATIONS, _HALF_LIFE, default="28d"),
    Field("floor", LEAST, "the band is at least this wide to each side of its middle", default="5%"),
    _RELEARN,
)
_PEERS = (
    Field("of", Text(), "the level or dimension within which keys are peers", required=True, example="site"),
    Field("below", LEAST, "fires below this share of the peers' median", example="70%"),
    Field("above", LEAST, "fires above this share of the peers' median", example="150%"),
    Field("z", Number(least=0), "fires this many robust deviations away from the median", example="4"),
    Field("least", _WHOLE, "peers with a value, without itself, that it takes", default="3"),
    Field("floor", LEAST, "the least deviation reckoned with for `z`", default="5%"),
)
_RATE = (
    Field("usual", LEAST, "the usual rate; learnt when left out", example="2%"),
    Field("chance", _CHANCE, "fires when so few windows would be as bad by chance", default="0.0001"),
    Field("by", LEAST, "the least departure from the usual rate", default="0", example="50%"),
    Field("half_life", DURATIONS, _HALF_LIFE, default="7d"),
    _RELEARN,
)
_RANGE_BREAK = (
    Field("over", DURATIONS, "after this time the range that was seen is half as wide", default="7d"),
    Field("margin", LEAST, "how far beyond the range it must be; a share is of its width", default="5%"),
    Field("floor", LEAST, "the least margin; a share is of the range's middle", default="1%"),
    Field("history", _WHOLE, _HISTORY, default="100"),
    Field("relearn", DURATIONS, "values beyond it for so long on end belong to the range", default="1d"),
)
_MIX = (
    Field(
        "of",
        PART,
        "a KPI and the dimension by which it is split, `kpi/dimension`",
        required=True,
        example="rejections/reject_reason",
    ),
    Field("above", Number(least=0), "fires when the mix is this far from the usual (nats)", default="0.2"),
    Field("least", _WHOLE, "the amount that the last windows must have together", default="30"),
    Field("half_life", DURATIONS, _HALF_LIFE, default="7d"),
    Field("over", WINDOWS, "how many windows are taken together", default="10 windows"),
    _RELEARN,
)
_DRIFT = (
    Field(
        "slack", Number(least=0), "departures below this do not count (standard deviations)", default="0.5"
    ),
    Field("limit", Number(least=0), "fires when they add up to this (standard deviations)", default="8"),
    Field("half_life", DURATIONS, _HALF_LIFE, default="7d"),
    Field("floor", LEAST, "the least standard deviation reckoned with", default="1%"),
    Field("history", _WHOLE, _HISTORY, default="100"),
    _RELEARN,
)
_RESIDUAL = (
    Field("short", WINDOWS, "the lately: its mean is compared", default="10 windows"),
    Field("long", WINDOWS, "the usual: with what it is compared", default="1d"),
    Field("chance", _CHANCE, "fires when so few windows would be as odd by chance", default="0.00001"),
    Field("floor", LEAST, "the least standard deviation reckoned with", default="1%"),
    Field("history", _WHOLE, _HISTORY, default="100"),
)
_NOVELTY = (
    Field(
        "of",
        Text(choices=("values", "steps")),
        "of what the course is: of the values, or of the steps from each to the next",
        default="values",
    ),
    Field(
        "short", WINDOWS, "the shortest of three running means that make up the course", default="3 windows"
    ),
    Field("long", WINDOWS, "the longest of them", default="30 windows"),
    Field(
        "alike", SHARE, "courses that differ by less than this share of the range are alike", default="13%"
    ),
    Field("clear", Number(least=1), "fires at so many times `alike` from all of them", default="1.1"),
    Field("patterns", _WHOLE, "how many courses each key remembers", default="48"),
    Field("over", DURATIONS, "after this time the range that was seen is half as wide", default="14d"),
    Field("floor", LEAST, "the least width of the range; a share is of its middle", default="2%"),
    Field("history", _WHOLE, _HISTORY, default="100"),
)
_NO_DATA = (Field("after", WINDOWS, "so many windows on end without any event", default="1 window"),)
_MEMBERS = (
    Field(
        "of",
        Text(),
        "a rule of a level whose keys belong to this rule's keys",
        required=True,
        example="machine_silent",
    ),
    Field("share", SHARE, "fires when it holds for this share of them", default="50%"),
    Field("least", _WHOLE, "and for at least so many", default="1"),
)

DETECTORS: dict[str, Field] = {
    name: Field(name, Object(settings), doc, example=example)
    for name, settings, doc, example in (
        ("threshold", _THRESHOLD, "a fixed limit", "{below: 900}"),
        ("change", _CHANGE, "a change against an earlier window", "{ago: 1h, by: 30%}"),
        ("seasonal", _SEASONAL, "outside of what is usual at this time of day and week", "{period: week}"),
        ("peers", _PEERS, "unlike the others of its kind", "{of: site, below: 70%}"),
        ("rate", _RATE, "a ratio that chance does not explain", "{usual: 2%, by: 50%}"),
        ("range_break", _RANGE_BREAK, "outside of the range that was seen", "{over: 7d}"),
        ("mix", _MIX, "what it is made of has shifted", "{of: rejections/reject_reason}"),
        ("drift", _DRIFT, "small departures to one side that add up", "{limit: 8}"),
        ("residual", _RESIDUAL, "the last windows against the time before", "{short: 10 windows, long: 1d}"),
        ("novelty", _NOVELTY, "a course that it never took before", "{of: values, alike: 13%}"),
        ("no_data", _NO_DATA, "no events at all", "{after: 3 windows}"),
        ("members", _MEMBERS, "another rule holds for many of its parts", "{of: machine_silent, share: 50%}"),
    )
}


def _clause() -> Object:
    joined = Either(items=Items(CLAUSE, least=1), mapping=CLAUSE)
    return Object(
        (
            *DETECTORS.values(),
            Field("not", CLAUSE, "a clause that must not hold", example="{no_data: {}}"),
            Field(
                "and",
                joined,
                "a clause, or a list of them, that must hold too",
                example="{peers: {of: site}}",
            ),
            Field("or", joined, "a clause, or a list of them, of which one is enough"),
        )
    )


CLAUSE = Shared(
    "clause",
    "One detector (or `not` and a clause), and what must hold with it (`and`) or instead (`or`).",
    _clause,
)
