"""DuckDB's answer for the shipped KPIs, by SQL of its own from the raw records."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

# KPI, level, what identifies one of the level, the window's start.
Key = tuple[str, str, tuple[str, ...], str]
LEVELS = {
    "machine": ("machine_id",),
    "zone": ("site", "zone"),
    "site": ("site",),
    "region": ("region",),
    "site+reject_reason": ("site", "reject_reason"),
    "machine+reject_reason": ("machine_id", "reject_reason"),
    "machine+zone": ("machine_id", "site", "zone"),
}
_NAMED = ("machine", "zone", "site", "region")
_REAL = "test_parcel is distinct from true"
_SIDES = "count(*) filter ({real} and event_type = 'sorted' and lane {side} 32)"
_LEFT, _RIGHT = (_SIDES.format(real=_REAL, side=side) for side in ("<=", ">"))
_BALANCE = f"100.0 * least({_LEFT}, {_RIGHT}) / nullif(greatest({_LEFT}, {_RIGHT}), 0)"


def _count(condition: str) -> str:
    return f"count(*) filter ({_REAL} and {condition})"


def _share(factor: int, one: str, other: str) -> str:
    return f"{factor}.0 * {_count(one)} / nullif({_count(other)}, 0)"


_SORTS = _count("event_type = 'sorted'")

# KPI: size and step of its windows in seconds, its levels, its value.
ANSWERS: dict[str, tuple[int, int, tuple[str, ...], str]] = {
    "throughput": (60, 60, _NAMED, "60 * " + _SORTS),
    "induction_rate": (60, 60, ("machine", "site"), "60 * " + _count("event_type = 'inducted'")),
    "read_rate": (
        60, 60, ("machine", "site"), _share(100, "event_type = 'inducted' and read_ok", "event_type = 'inducted'"),  # noqa: E501
    ),
    "first_pass_rate": (
        60, 60, ("machine", "site", "region"),
        _share(100, "event_type = 'sorted' and first_pass", "event_type = 'sorted'"),
    ),
    "recirculation_rate": (
        60, 60, ("machine", "site"), _share(100, "event_type = 'recirculated'", "event_type = 'inducted'"),
    ),
    "reject_rate": (
        60, 60, _NAMED, _share(100, "event_type = 'rejected'", "event_type in ('sorted', 'rejected')"),
    ),
    "rejections": (
        60, 60, ("site+reject_reason", "machine+reject_reason", "machine+zone"),
        _count("event_type = 'rejected'"),
    ),
    "jam_rate": (
        300, 300, ("machine", "zone", "site"),
        _share(1000, "event_type = 'jam'", "event_type = 'inducted'"),
    ),
    "mean_weight": (
        300, 300, ("machine", "site"), f"avg(weight_g) filter ({_REAL} and event_type = 'inducted')",
    ),
    "distinct_parcels": (
        300, 300, ("machine", "site", "region"), f"count(distinct parcel_id) filter ({_REAL})",
    ),
    "running_machines": (
        900, 900, ("site", "region"), "count(distinct machine_id) filter (event_type = 'sorted')",
    ),
    "transit_p95": (300, 60, ("machine", "site"), f"quantile_cont(transit_ms, 0.95) filter ({_REAL})"),
    "transit_spread": (300, 300, ("machine",), f"stddev_samp(transit_ms) filter ({_REAL})"),
    "utilisation": (
        60, 60, ("machine",), f"100.0 * 60 * {_SORTS} / nullif(max(rated), 0)",
    ),
    "zone_balance": (300, 300, ("machine", "site"), _BALANCE),
}  # fmt: skip

_EVENTS = """
create table counted as
select * from (
    select *, row_number() over (partition by event_id order by place) as copy from (
        select *, coalesce(max(seconds) over (order by place rows between unbounded preceding
            and 1 preceding), -1e12)
                  - 30 as mark
        from read)
    where greatest(second // 900 * 900 + 900, second // 60 * 60 + 300) + 600 > mark)
where copy = 1;
"""


def answer(definitions: Path, records: Sequence[bytes]) -> tuple[dict[Key, tuple[float | None, int]], int]:
    """Values and revisions of the shipped KPIs for one shard's records, and how many were too late."""
    places, members = _zones(definitions / "zones")
    rows = []
    for place, record in enumerate(records):
        event = json.loads(record)
        site, region, zone, rated = places.get((event["machine_id"], event["lane"]), (None,) * 4)
        rows.append({"place": place, **event, "site": site, "region": region, "zone": zone, "rated": rated})
    time = pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us").dt.epoch("us")
    read = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        (time / 1e6).alias("seconds"), (time // 1_000_000).alias("second")
    )
    values: dict[Key, tuple[float | None, int]] = {}
    with duckdb.connect() as base:
        base.register("read", read.to_arrow())
        base.execute(_EVENTS)
        for kpi, (size, every, levels, value) in ANSWERS.items():
            for level in levels:
                for key, start, found, revision in base.execute(
                    _query(level, size, every, value), {"members": members.get(level, [])}
                ).fetchall():
                    values[kpi, level, tuple(key), start] = (found, revision)
        late = base.execute(
            "select count(*) from (select second, max(seconds) over (order by place rows between unbounded preceding"  # noqa: E501
            " and 1 preceding) - 30 as mark from read)"
            " where greatest(second // 900 * 900 + 900, second // 60 * 60 + 300) + 600 <= mark"
        ).fetchall()[0][0]
    return values, late


def _query(level: str, size: int, every: int, value: str) -> str:
    fields = ", ".join(LEVELS[level])
    present = " and ".join(f"{field} is not null" for field in LEVELS[level])
    return f"""
with steps as (select unnest(range(0, {size}, {every})) as back),
held as (
    select [{fields}] as key, second // {every} * {every} - back as start, counted.*
    from counted, steps
    where {present} and second // {every} * {every} - back + {size} > seconds
      and second // {every} * {every} - back + {size} + 600 > mark),
span as (select min(second) // {every} * {every} as low,
                max(second) // {every} * {every} as high from counted),
silent as (
    select key, start from (select unnest($members::varchar[][]) as key) as member,
        (select unnest(range(
            (low - {size} + {every})::bigint, (high + {every})::bigint, {every})) as start from span)),
every_key as (select key, start::bigint as start from silent union select key, start::bigint from held)
select every_key.key,
       strftime(to_timestamp(every_key.start) at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ'),
       {value.replace("count(*)", "count(place)")},
       1 + count(place) filter (mark >= every_key.start + {size})
from every_key left join held on held.key = every_key.key and held.start::bigint = every_key.start
group by every_key.key, every_key.start
"""


def _zones(folder: Path) -> tuple[dict[tuple[str, int], tuple[Any, ...]], dict[str, list[list[str]]]]:
    """Site, region, zone and rated parcels by machine and lane; and the keys of each level that the maps list."""  # noqa: E501
    places: dict[tuple[str, int], tuple[Any, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        chart = yaml.safe_load(path.read_text())
        for entry in chart["assign"]:
            said = chart["set"] | entry["set"]
            for machine in _machines(entry["machine_id"]):
                for lanes, zone in entry["lane"].items():
                    low, _, high = str(lanes).partition("-")
                    for lane in range(int(low), int(high or low) + 1):
                        here = (said["site"], said["region"], zone, said["rated_per_hour"])
                        places.setdefault((machine, lane), here)
    found = {
        "machine": {(machine,) for machine, _ in places},
        "zone": {(site, zone) for site, _, zone, _ in places.values()},
        "site": {(site,) for site, *_ in places.values()},
        "region": {(region,) for _, region, *_ in places.values()},
    }
    return places, {level: [list(key) for key in sorted(keys)] for level, keys in found.items()}


def _machines(written: str | list[str]) -> list[str]:
    every = [f"PSM-{number:04d}" for number in range(10_000)]
    if isinstance(written, list):
        return written
    first, dots, last = written.partition("..")
    if dots:
        return [machine for machine in every if first <= machine <= last]
    return fnmatch.filter(every, written)
