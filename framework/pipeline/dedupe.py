"""Events that were counted before: recognised by their id, whichever shard or batch they come in."""

from __future__ import annotations

import polars as pl

from framework.pipeline.names import ID, TIME


def first_of_each(
    events: pl.DataFrame, counted: pl.DataFrame | None, within: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The events that are new, and the ids to remember for them (`@id`, `@time`).

    An event is a duplicate of a counted one with the same id and a time less than `within`
    (microseconds) away. `counted` has the ids remembered; `events` stand in the order they came.
    """
    if counted is not None and counted.height:
        events = _not_near(events, counted, within)
    repeated = ~events[ID].is_unique()
    if repeated.any():
        events = _firsts(events, repeated, within)
    return events, events.select(ID, TIME)


def _not_near(events: pl.DataFrame, counted: pl.DataFrame, within: int) -> pl.DataFrame:
    met = (
        events.select(ID, TIME)
        .with_row_index("@place")
        .join(counted.rename({TIME: "@then"}), on=ID, how="inner")
    )
    return _without(events, met.filter((pl.col(TIME) - pl.col("@then")).abs() < within)["@place"].unique())


def _firsts(events: pl.DataFrame, repeated: pl.Series, within: int) -> pl.DataFrame:
    dropped: list[int] = []
    counted: dict[str, list[int]] = {}
    for place, identity, time in (
        events.select(ID, TIME).with_row_index("@place").filter(repeated).iter_rows()
    ):
        times = counted.setdefault(identity, [])
        if any(abs(time - other) < within for other in times):
            dropped.append(place)
        else:
            times.append(time)
    return _without(events, pl.Series(dropped, dtype=pl.UInt32))


def _without(events: pl.DataFrame, dropped: pl.Series) -> pl.DataFrame:
    """The events but those at some places."""
    if not dropped.len():
        return events
    places = pl.int_range(events.height, dtype=pl.UInt32, eager=True)
    return events.filter(~places.is_in(dropped.implode()))
