"""The same eight KPIs in SQL, over the whole file at once."""

from __future__ import annotations

from pathlib import Path

import duckdb

_MINUTE, _FIVE = 60_000_000, 300_000_000
_LOAD = """
create temp table events as
with read as (
  select event_id, machine_id, lane, event_type, parcel_id, read_ok, reject_reason, transit_ms, weight_g,
         epoch_us(ts) as t
  from read_ndjson('{path}', columns = {{event_id: 'varchar', ts: 'timestamp', machine_id: 'varchar',
    lane: 'int', event_type: 'varchar', parcel_id: 'varchar', read_ok: 'boolean', reject_reason: 'varchar',
    transit_ms: 'double', weight_g: 'int'}})
)
select read.*, 'S' || lpad((substr(machine_id, 5, 4)::int // 10)::text, 2, '0') as site,
  ['north', 'east', 'south', 'west'][1 + substr(machine_id, 5, 4)::int // 100] as region,
  case when lane <= 16 then 'inbound' when lane <= 40 then 'regional' when lane <= 60 then 'national'
    else 'rework' end as zone
from read {dedupe}
"""
_DEDUPE = "qualify row_number() over (partition by event_id order by t) = 1"
_QUERIES = (
    f"""select machine_id, t - t % {_MINUTE} as w, 60.0 * count(*) filter (event_type = 'sorted'),
      100.0 * count(*) filter (event_type = 'rejected')
        / nullif(count(*) filter (event_type in ('sorted', 'rejected')), 0)
      from events group by all""",
    f"""select site, zone, t - t % {_MINUTE} as w, 60.0 * count(*) filter (event_type = 'sorted')
      from events group by all""",
    f"""select site, t - t % {_MINUTE} as w,
      100.0 * count(*) filter (read_ok) / nullif(count(*) filter (event_type = 'inducted'), 0)
      from events group by all""",
    f"""select site, t - t % {_MINUTE} - k * {_MINUTE} as w, quantile_cont(transit_ms, 0.95)
      from events, range(5) as r(k) group by all""",
    f"""select site, reject_reason, t - t % {_MINUTE} as w, count(*) filter (event_type = 'rejected')
      from events where reject_reason is not null group by all""",
    f"select machine_id, t - t % {_FIVE} as w, avg(weight_g) from events group by all",
    f"select region, t - t % {_FIVE} as w, count(distinct parcel_id) from events group by all",
)


def answer(path: Path, *, dedupe: bool, threads: int) -> int:
    """Compute all eight; the number of rows that came out."""
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(_LOAD.format(path=path, dedupe=_DEDUPE if dedupe else ""))
        return sum(len(connection.execute(query).fetchall()) for query in _QUERIES)
