"""A small world to write formulas about: its fields, its dimensions, and KPIs made from their text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from framework.aggregates import sketch, wide
from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.model import (
    Assignment,
    Definitions,
    EventField,
    Events,
    FieldType,
    Formula,
    Grouping,
    Kpi,
    Pipeline,
    Window,
    ZoneMap,
)
from framework.expressions import CompiledKpi, Measure, compile_formulas, to_column

AT = Span("kpis/k.yaml", 1, 1)
MINUTE = 60_000_000
TYPES: dict[str, FieldType] = {
    "machine_id": "string",
    "lane": "int",
    "event_type": "string",
    "note": "string",
    "transit_ms": "float",
    "wait_s": "float",
    "weight_g": "int",
    "score": "float",
    "read_ok": "bool",
    "test_parcel": "bool",
}
UNITS = {"transit_ms": "ms", "wait_s": "s", "weight_g": "g", "lane": ""}
ONE_OF = {"event_type": ("sorted", "rejected", "jam")}
DTYPES: dict[str, Any] = {"string": pl.String, "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}
# So that positions in diagnostics are those of a file: `value: ` stands before the text.
COLUMN = 8


def formula(text: str, line: int = 5) -> Formula:
    """A formula as if it stood behind `value: ` in line 5 and was indented in the lines below."""
    count = max(text.count("\n") + 1, 1)
    return Formula(text, tuple(Span("kpis/k.yaml", line + n, COLUMN, COLUMN) for n in range(count)))


def kpi(name: str, value: str, *, where: str | None = None, unit: str = "", window: int = MINUTE) -> Kpi:
    """A KPI of which only the formula matters."""
    return Kpi(
        name=name,
        title=name.title(),
        unit=unit,
        better="higher",
        owner="",
        audience=(),
        description="",
        by=(Grouping("site", ("site",), True, AT),),
        window=Window(window, window),
        value=formula(value),
        where=formula(where, 4) if where is not None else None,
        at=AT,
    )


def definitions(*kpis: Kpi) -> Definitions:
    """Definitions with the world's fields and dimensions and these KPIs."""
    fields = tuple(
        EventField(name, type_, UNITS.get(name, ""), True, None, None, ONE_OF.get(name, ()), AT)
        for name, type_ in TYPES.items()
    )
    events = Events("ts", "iso", None, 0, 0, 0, 0, fields)
    sets = {"site": "BER", "zone": "inbound", "rated": 100}
    zones = (ZoneMap("z", 0, (Assignment((), sets, AT),), AT),)
    return Definitions(Pipeline("p", None, events, (), None, "ns", AT), kpis, zones, (), (), {})


def compiled(value: str, *others: Kpi, where: str | None = None, unit: str = "") -> CompiledKpi:
    """The KPI `k` of a formula without a mistake."""
    found, diagnostics = compile_formulas(definitions(*others, kpi("k", value, where=where, unit=unit)))
    assert diagnostics == ()
    return found["k"]


def diagnosed(value: str, *others: Kpi, where: str | None = None, unit: str = "") -> tuple[Diagnostic, ...]:
    """What there is to say about a formula."""
    return compile_formulas(definitions(*others, kpi("k", value, where=where, unit=unit)))[1]


def codes(value: str, *others: Kpi, where: str | None = None, unit: str = "") -> list[str]:
    """The codes of what there is to say."""
    return [one.code.removeprefix("formula/") for one in diagnosed(value, *others, where=where, unit=unit)]


def measure(text: str) -> Measure:
    """The only measure of a formula, be it of numbers or not."""
    found = compile_formulas(definitions(kpi("k", text)))[0].get("k")
    (only,) = (found or compiled(f"1 if {text} == {text} else 0")).measures
    return only


def events(columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    """Events as columns, with nulls for the fields not given; `@t` counts them."""
    count = len(next(iter(columns.values()), []))
    types = {**TYPES, "site": "string", "zone": "string", "rated": "int"}
    series = [
        pl.Series(name, columns.get(name, [None] * count), dtype=DTYPES[type_])
        for name, type_ in types.items()
    ]
    return pl.DataFrame([*series, pl.Series("@t", range(count), dtype=pl.Int64)])


def values(frame: pl.DataFrame, measures: tuple[Measure, ...]) -> pl.DataFrame:
    """One row: each measure's value over all events of a frame."""
    row: dict[str, Any] = {}
    for one in measures:
        nodes = [(name, node) for name, node in (("x", one.argument), ("mask", one.condition)) if node]
        with_arguments = frame.with_columns(to_column(node).alias(f"@{name}") for name, node in nodes)
        x, mask = (pl.col(f"@{n}") if n in dict(nodes) else None for n in ("x", "mask"))
        if one.aggregate in ("percentile", "distinct"):
            long = sketch(one.aggregate)
            kept = with_arguments.filter(
                pl.col("@x").is_not_null() & (pl.lit(True) if mask is None else mask)
            )
            rows = kept.group_by(long.rows(pl.col("@x")).alias("bin")).agg(pl.len().alias("n"))
            found = long.evaluate(rows, [], one.parameter)["value"]
            row[one.id] = found if rows.height else pl.Series([long.nothing], dtype=found.dtype)
        else:
            fixed = wide(one.aggregate)
            state = with_arguments.select(fixed.partial(x, mask, pl.col("@t"), one.id))
            row[one.id] = state.select(fixed.value(one.id).alias("v"))["v"]
    return pl.DataFrame(row)


def evaluated(kpi: CompiledKpi, frame: pl.DataFrame, window: int = MINUTE) -> Any:
    """The KPI's value over all events of a frame."""
    row = values(frame, kpi.measures)
    return row.select(to_column(kpi.value, window_size=window).alias("value"))["value"].item()
