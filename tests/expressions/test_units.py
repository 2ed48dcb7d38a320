"""Units: what a text means, what formulas make of them, and which do not go together."""

from __future__ import annotations

import pytest

from framework.expressions.units import conversion, parse_unit, per
from tests.expressions.world import codes, diagnosed, kpi

SHOWN = [
    ("", "a plain number"),
    ("1", "a plain number"),
    ("%", "a plain number"),
    ("parcels", "a plain number"),
    ("EUR", "a plain number"),
    ("jams/1000 parcels", "a plain number"),
    ("ms", "ms"),
    ("s", "s"),
    ("seconds", "s"),
    ("min", "min"),
    ("minute", "min"),
    ("h", "h"),
    ("hours", "h"),
    ("µs", "us"),
    ("d", "d"),
    ("kg", "kg"),
    ("g", "g"),
    ("t", "t"),
    ("1/h", "1/h"),
    ("parcels/h", "1/h"),
    ("parcels per hour", "1/h"),
    ("parcels/min", "1/min"),
    ("m/s", "m/s"),
    ("km/h", "km/h"),
    ("m/s^2", "m/s^2"),
    ("m²", "m^2"),
    ("kg*m", "m*kg"),
    ("g/parcel", "g"),
    ("ms/s", "a plain number times 0.001"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_parse(text: str, shown: str) -> None:
    assert parse_unit(text).shown() == shown


def test_algebra() -> None:
    metre, second = parse_unit("m"), parse_unit("s")
    assert (metre / second).same(parse_unit("m/s"))
    assert (metre / second * second).same(metre)
    assert (second**-2).shown() == "1/s^2"
    assert (second**0).same(parse_unit(""))
    assert (metre**2).root() == metre
    assert metre.root() is None
    assert per(3_600_000_000).same(parse_unit("1/h"))
    assert per(1_800_000_000).shown() == "0.000555556 1/s" or per(1_800_000_000).powers
    assert parse_unit("ms").into(parse_unit("s")) == 1e-3
    assert parse_unit("ms").into(parse_unit("g")) is None
    assert (conversion(60), conversion(1e-3)) == ("multiply by 60", "divide by 1000")


GOOD = [
    ("mean(transit_ms)", "ms"),
    ("std(transit_ms) + percentile(transit_ms, 95) - median(transit_ms)", "ms"),
    ("max(transit_ms) - min(transit_ms)", "ms"),
    ("mean(transit_ms) / 1000", "s"),
    ("mean(transit_ms) / 1000", "ms"),
    ("mean(transit_ms) * 0.001", "s"),
    ("mean(transit_ms) / 1000 + mean(wait_s)", "s"),
    ("mean(transit_ms + 1000 * wait_s)", "ms"),
    ("mean(transit_ms) + 5", "ms"),
    ("mean(transit_ms) if count() > 3 else 0", "ms"),
    ("coalesce(mean(transit_ms), 0)", "ms"),
    ("greatest(mean(transit_ms), 5)", "ms"),
    ("round(mean(transit_ms), 1)", "ms"),
    ("abs(mean(transit_ms))", "ms"),
    ("sqrt(mean(transit_ms * transit_ms))", "ms"),
    ("mean(transit_ms ** 2) ** 0.5", "ms"),
    ("100 * mean(transit_ms) / max(transit_ms)", "%"),
    ("100 * sum(wait_s) / (sum(transit_ms) / 1000)", "%"),
    ("count()", "parcels"),
    ("count()", "%"),
    ("distinct(machine_id)", "machines"),
    ('rate(count(), per="1h")', "parcels/h"),
    ('rate(count(), per="60m")', "parcels/h"),
    ('rate(count(), per="1h") / 60', "parcels/min"),
    ('rate(sum(weight_g), per="1h")', "g/h"),
    ('rate(sum(weight_g), per="1h") / 1000', "kg/h"),
    ("sum(weight_g) / sum(wait_s)", "g/s"),
    ("mean(score)", "ms"),  # a field without a unit goes with everything
    ("mean(score) + mean(transit_ms)", "ms"),
    ("mean(score * transit_ms)", "kg"),
    ("1 if count() > 0 else 0", "s"),
    ("count(transit_ms > 500)", ""),
    ("count(transit_ms / 1000 > wait_s)", ""),
    ("count(500 < transit_ms < 1000 * wait_s)", ""),
    ("log(mean(transit_ms))", ""),
    ("mean(transit_ms)", ""),  # a KPI without a unit
]
BAD = [
    ("mean(transit_ms)", "s"),
    ("mean(transit_ms)", "kg"),
    ("mean(transit_ms)", "parcels"),
    ("mean(transit_ms) / 60", "s"),
    ("count()", "ms"),
    ("count()", "parcels/h"),
    ("60 * count()", "parcels/h"),
    ('rate(count(), per="1h")', "parcels/min"),
    ('rate(count(), per="1h")', "parcels"),
    ('rate(mean(transit_ms), per="1h")', "ms"),
    ("mean(transit_ms) + mean(wait_s)", "ms"),
    ("mean(transit_ms) - mean(weight_g)", "ms"),
    ("mean(transit_ms + wait_s)", "ms"),
    ("mean(transit_ms) / mean(wait_s)", "%"),
    ("count(transit_ms > wait_s)", ""),
    ("1 if mean(transit_ms) > mean(wait_s) else 0", ""),
    ("mean(transit_ms) if count() > 3 else mean(wait_s)", ""),
    ("least(mean(transit_ms), mean(wait_s))", ""),
    ("coalesce(mean(transit_ms), mean(weight_g))", ""),
    ("count() + mean(transit_ms)", ""),
    ("mean(transit_ms * transit_ms)", "ms"),
]


@pytest.mark.parametrize(("text", "unit"), GOOD)
def test_units_that_fit(text: str, unit: str) -> None:
    assert codes(text, unit=unit) == []


@pytest.mark.parametrize(("text", "unit"), BAD)
def test_units_that_do_not(text: str, unit: str) -> None:
    assert "unit-mismatch" in codes(text, unit=unit)


CURES = [
    (
        "mean(transit_ms)",
        "s",
        "the formula gives ms, but the KPI's unit is s",
        "divide by 1000, or change the unit",
    ),
    (
        "mean(wait_s)",
        "ms",
        "the formula gives s, but the KPI's unit is ms",
        "multiply by 1000, or change the unit",
    ),
    (
        'rate(count(), per="1h")',
        "parcels/min",
        "the formula gives 1/h, but the KPI's unit is parcels/min",
        'write per="1m", or divide by 60',
    ),
    (
        "count()",
        "parcels/h",
        "the formula gives a plain number, but the KPI's unit is parcels/h",
        'to count per time: rate(..., per="1h")',
    ),
    (
        "mean(transit_ms) + mean(wait_s)",
        "",
        "ms and s do not go together",
        "convert one of them: multiply by 1000 what is in s, to have it in ms",
    ),
]


@pytest.mark.parametrize(("text", "unit", "message", "hint"), CURES)
def test_a_mismatch_comes_with_its_cure(text: str, unit: str, message: str, hint: str) -> None:
    (found,) = diagnosed(text, unit=unit)
    assert (found.message, found.hint) == (message, hint)


PERCENT = [
    ("count(read_ok) / count()", ["percent-without-100"]),
    ("(count() - count(read_ok)) / count()", ["percent-without-100"]),
    ("100 * count(read_ok) / count()", []),
    ("count(read_ok) / count() * 100", []),
    ("1000 * count(read_ok) / count()", []),
    ("count(read_ok) / (count() / 100)", []),
    ("count(lane == 100) / count()", ["percent-without-100"]),
]


@pytest.mark.parametrize(("text", "expected"), PERCENT)
def test_a_share_in_percent(text: str, expected: list[str]) -> None:
    assert codes(text, unit="%") == expected


def test_a_kpi_has_its_declared_unit() -> None:
    speed = kpi("speed", "mean(score)", unit="m/s")
    assert codes("speed", speed, unit="m/s") == []
    assert codes("speed", speed, unit="km/h") == ["unit-mismatch"]
    assert codes("3.6 * speed", speed, unit="km/h") == []


@pytest.mark.parametrize(
    "text", ["(" * 40 + "transit_ms" + " ** 10)" * 40, "transit_ms * 1e200 * 1e200 / 1e-200"]
)
def test_units_never_overflow(text: str) -> None:
    diagnosed(f"mean({text})", unit="ms")
