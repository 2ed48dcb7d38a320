"""DuckDB's answer for the road sensors, by SQL of its own from the recordings' files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

# KPI, level, what identifies one of the level, the window's start.
Key = tuple[str, str, tuple[str, ...], str]

_READINGS = """
create table sensor (sensor text, corridor text, listed bool);
insert into sensor values
    ('6005', 'crosstown', true), ('7578', 'crosstown', true), ('387', 'crosstown', true),
    ('t4013', 'riverside', false), ('451', 'riverside', true);

create table reading as
select sensor, corridor, quantity, value, date_trunc('hour', timestamp) as hour
from (select regexp_extract(filename, '.*_([^_.]+)[.]csv$', 1) as sensor,
             case regexp_extract(filename, '([^/_]+)_[^_/]+[.]csv$', 1)
                  when 'TravelTime' then 'travel_time'
                  when 'speed' then 'speed'
                  when 'occupancy' then 'occupancy'
             end as quantity,
             timestamp, value::double as value
      from read_csv($files, header = true, filename = true,
                    columns = {'timestamp': 'timestamp', 'value': 'double'}))
join sensor using (sensor);
"""

# A key's readings, once for each level that it counts in.
_COUNTED = """
create table counted as
select 'sensor' as level, [sensor] as key, quantity, value, hour from reading union all
select 'corridor', [corridor], quantity, value, hour from reading union all
select 'area', ['twin-cities'], quantity, value, hour from reading;

create table member as
select 'sensor' as level, [sensor] as key, listed from sensor union all
select distinct 'corridor', [corridor], true from sensor union all
select 'area', ['twin-cities'], true;
"""

# Every known key has a row in each window, unless nobody was heard for a day. A key that a zone map lists by
# name is known from the beginning, one that merely matches a pattern since it was first heard.
_WINDOWS = """
create table span as select distinct hour from reading;

create table known as
select level, key, case when listed then (select min(hour) from span) else first end as since
from member join (select level, key, min(hour) as first from counted group by all) using (level, key);

create table window_of as
select level, key, size, start
from (values (1), (3)) as sizes (size),
     (select unnest(generate_series((select min(hour) from span) - interval 2 hour,
                                    (select max(hour) from span), interval 1 hour)) as start), known
where start + to_hours(size) > since
  and exists (from span where hour < start + to_hours(size) and hour >= start - interval 24 hour);

create table content as
select window_of.level, window_of.key, size, window_of.start, quantity, value
from window_of
left join (select level, key, hour - to_hours(back) as start, back, quantity, value
           from counted, (values (0), (1), (2)) as steps (back)) as heard
  on heard.level = window_of.level and heard.key = window_of.key and heard.start = window_of.start
     and back < size;
"""

_ANSWERS = {
    "readings": (1, ("sensor", "corridor", "area"), "count(value)"),
    "mean_speed": (1, ("sensor", "corridor", "area"), "avg(value) filter (quantity = 'speed')"),
    "speed_spread": (1, ("sensor", "corridor"), "stddev_samp(value) filter (quantity = 'speed')"),
    "slow_share": (
        1,
        ("sensor", "corridor"),
        "100.0 * avg((value < 55)::int) filter (quantity = 'speed')",
    ),
    "max_occupancy": (1, ("sensor", "corridor"), "max(value) filter (quantity = 'occupancy')"),
    "travel_time_p90": (
        3,
        ("sensor", "corridor"),
        "quantile_cont(value, 0.9) filter (quantity = 'travel_time')",
    ),
}
_BY_QUANTITY = """
select [corridor, quantity], strftime(hour, '%Y-%m-%dT%H:%M:%SZ'), count(*)
from reading group by corridor, quantity, hour
"""


@dataclass(frozen=True)
class Answer:
    """Values by key, and how many readings the files hold."""

    values: dict[Key, float | None]
    readings: int


def answer(folder: Path) -> Answer:
    """Every value that the definitions under `examples/roads` must give for the recordings of a folder."""
    with duckdb.connect() as base:
        base.execute("set threads = 1")
        base.execute(_READINGS, {"files": str(folder / "*.csv")})
        base.execute(_COUNTED)
        base.execute(_WINDOWS)
        values: dict[Key, float | None] = {}
        for kpi, (size, levels, value) in _ANSWERS.items():
            rows = base.execute(
                f"select level, key, strftime(start, '%Y-%m-%dT%H:%M:%SZ'), {value} from content"
                f" where size = {size} and level in {levels} group by level, key, start"
            )
            values |= {(kpi, level, tuple(key), start): found for level, key, start, found in rows.fetchall()}
        for key, start, count in base.execute(_BY_QUANTITY).fetchall():
            values["readings", "corridor+quantity", tuple(key), start] = count
        (readings,) = base.execute("select count(*) from reading").fetchall()[0]
        return Answer(values, readings)
