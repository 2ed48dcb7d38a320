"""The eight KPIs in Spark's own words: each a function from events to rows of one shape.

A row: kpi, member, start, end, value, numerator, denominator. `ts` carries the watermark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

_COLUMNS = (
    "event_id string, ts string, machine_id string, lane int, event_type string, parcel_id string, "
    "read_ok boolean, reject_reason string, transit_ms double, weight_g int"
)
_STAGED = (
    "machine_id string, event_type string, parcel_id string, read_ok boolean, reject_reason string, "
    "transit_ms double, weight_g int, ts timestamp, site string, region string, zone string"
)
DISORDER, REMEMBERED = "10 seconds", "10 minutes"

_SORTED = f.expr("count_if(event_type = 'sorted')")
_REJECTED = f.expr("count_if(event_type = 'rejected')")
_HANDLED = f.expr("count_if(event_type in ('sorted', 'rejected'))")
_INDUCTED = f.expr("count_if(event_type = 'inducted')")
_READ = f.expr("count_if(read_ok)")


def read(
    spark: SparkSession, events: Path, definitions: Path, *, dedupe: bool, watermark: bool = True
) -> DataFrame:
    """The events of a folder of JSON lines, with what the zone map sets. `watermark` for windows."""
    frame = spark.readStream.schema(_COLUMNS).json(str(events))
    frame = frame.withColumn("ts", f.col("ts").cast("timestamp"))
    if dedupe:
        # Its delay is how long an identity is remembered, so it is also how late windows close.
        frame = frame.withWatermark("ts", REMEMBERED).dropDuplicatesWithinWatermark(["event_id"])
    elif watermark:
        frame = frame.withWatermark("ts", DISORDER)
    places, zones = _zone_map(definitions / "zones.yaml")
    machines = spark.createDataFrame(places, "machine_id string, site string, region string")
    lanes = spark.createDataFrame(zones, "site string, lane int, zone string")
    frame = frame.join(f.broadcast(machines), "machine_id", "left")
    return frame.join(f.broadcast(lanes), ["site", "lane"], "left")


def staged(spark: SparkSession, folder: Path) -> DataFrame:
    """The same events from the Parquet files that a first query wrote."""
    return spark.readStream.schema(_STAGED).parquet(str(folder)).withWatermark("ts", DISORDER)


def stage(events: DataFrame) -> DataFrame:
    """The columns that the first query writes: those that a KPI asks for."""
    return events.select(*(column.split()[0] for column in _STAGED.split(", ")))


def separate(events: Callable[[], DataFrame], accuracy: Mapping[str, Any]) -> dict[str, DataFrame]:
    """A query a KPI."""
    return {
        "throughput": _rows(_machine(events()), "throughput"),
        "reject_rate": _rows(_machine(events()), "reject_rate"),
        **_others(events, accuracy),
    }


def merged(events: Callable[[], DataFrame], accuracy: Mapping[str, Any]) -> dict[str, DataFrame]:
    """Throughput and rejection rate share their group-by: seven queries."""
    return {"machine": _rows(_machine(events()), "throughput", "reject_rate"), **_others(events, accuracy)}


def _others(events: Callable[[], DataFrame], accuracy: Mapping[str, Any]) -> dict[str, DataFrame]:
    exact = accuracy["percentile"] == "exact"
    percentile = "percentile(transit_ms, 0.95)"
    approximate = f"percentile_approx(transit_ms, 0.95, {accuracy['percentile']})"
    distinct = f"hll_sketch_estimate(hll_sketch_agg(parcel_id, {accuracy['distinct']}))"
    found = {
        "zone_throughput": _grouped(events(), ["site", "zone"], "1 minute", count=_SORTED),
        "read_rate": _grouped(events(), ["site"], "1 minute", read=_READ, inducted=_INDUCTED),
        "transit_p95": _grouped(
            events().where("transit_ms is not null"),
            ["site"],
            "5 minutes",
            "1 minute",
            result=f.expr(percentile if exact else approximate),
            values=f.count("transit_ms"),
        ),
        "rejections": _grouped(
            events().where("reject_reason is not null"),
            ["site", "reject_reason"],
            "1 minute",
            rejected=_REJECTED,
        ),
        "mean_weight": _grouped(events(), ["machine_id"], "5 minutes", result=f.avg("weight_g")),
        "distinct_parcels": _grouped(events(), ["region"], "5 minutes", result=f.expr(distinct)),
    }
    return {name: _rows(frame, name) for name, frame in found.items()}


def _machine(events: DataFrame) -> DataFrame:
    # What a query of one KPI of the two does not use is pruned.
    return _grouped(events, ["machine_id"], "1 minute", count=_SORTED, rejected=_REJECTED, handled=_HANDLED)


def _grouped(
    events: DataFrame, by: list[str], size: str, every: str | None = None, **values: Column
) -> DataFrame:
    windows = f.window("ts", size, every) if every else f.window("ts", size)
    found = events.groupBy(*by, windows).agg(*(value.alias(name) for name, value in values.items()))
    member = f.concat_ws(":", *by).alias("member")
    return found.select(
        member, f.col("window.start").alias("start"), f.col("window.end").alias("end"), *values
    )


# Value, numerator and denominator.
_VALUES = {
    "throughput": "60 * count, count, null",
    "zone_throughput": "60 * count, count, null",
    "reject_rate": "100 * rejected / handled, rejected, handled",
    "read_rate": "100 * read / inducted, read, inducted",
    "rejections": "rejected, rejected, null",
    "transit_p95": "result, values, null",
}


def _rows(found: DataFrame, *kpis: str) -> DataFrame:
    rows = []
    for kpi in kpis:
        values = (f"cast({value} as double)" for value in _VALUES.get(kpi, "result, null, null").split(", "))
        rows.append(f"'{kpi}', {', '.join(values)}")
    if len(kpis) == 1:
        kpi, *values = rows[0].split(", ")
        names = ("value", "numerator", "denominator")
        columns = (f.expr(value).alias(name) for value, name in zip(values, names, strict=True))
        return found.select(f.lit(kpi.strip("'")).alias("kpi"), "member", "start", "end", *columns)
    stack = f"stack({len(kpis)}, {', '.join(rows)}) as (kpi, value, numerator, denominator)"
    return found.select("member", "start", "end", f.expr(stack))


def _zone_map(file: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, int, str]]]:
    """Machines with site and region; lanes of each site with their zone."""
    places, zones = [], []
    for entry in yaml.safe_load(file.read_text())["assign"]:
        site, region = entry["set"]["site"], entry["set"]["region"]
        places += [(machine, site, region) for machine in _series(entry["machine_id"])]
        for lanes, zone in entry["lane"].items():
            first, last = map(int, re.findall(r"\d+", str(lanes)))
            zones += [(site, lane, zone) for lane in range(first, last + 1)]
    return places, zones


def _series(text: str) -> Iterator[str]:
    first, last = text.split("..")
    head = first.rstrip("0123456789")
    width = len(first) - len(head)
    for number in range(int(first[len(head) :]), int(last[len(head) :]) + 1):
        yield f"{head}{number:0{width}}"
