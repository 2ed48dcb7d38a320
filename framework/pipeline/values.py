"""Windows with their measures to values and documents."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import polars as pl

from framework.aggregates import get
from framework.expressions import Measure, Node, to_column
from framework.pipeline.names import EVENTS, START
from framework.pipeline.windows import REVISION
from framework.plan import Group, Output, Plan
from framework.plan.zone_index import EPOCH, ZoneIndex
from framework.sinks import Documents

SHAPE = "@shape"
SAID = "@said."


def empty_values(
    group: Group, measures: tuple[Measure, ...], keys: pl.DataFrame, like: pl.DataFrame
) -> pl.DataFrame:
    """Rows for windows and keys without any event: a count of 0, null for what needs one."""
    return nothing_seen(measures, keys.with_columns(pl.lit(1, dtype=pl.Int64).alias(REVISION)), like)


def nothing_seen(measures: tuple[Measure, ...], rows: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """The rows with what measures give without any event, in the columns of `like`."""
    columns = [pl.lit(0, dtype=pl.Int64).alias(EVENTS)]
    for measure in measures:
        columns.append(
            pl.lit(get(measure.aggregate).nothing, dtype=like.schema[measure.id]).alias(measure.id)
        )
    return rows.with_columns(columns).select(like.columns)


def documents(
    plan: Plan, group: Group, output: Output, rows: pl.DataFrame, zones: ZoneIndex, after: int
) -> Documents:
    """One KPI document a row. `rows` is what `windowed` gives; `after` the watermark after the tick."""
    size = output.window.size
    end = pl.col(START) + size
    values = rows.with_columns(number(output.value, size).alias("@value"), *_parts(output, size))
    values = values.with_columns(zones.epochs(values[START]))
    on = [EPOCH, *group.fields]
    values = values.join(described(group, values.select(on).unique(), zones), on=on, how="left")
    kpi = pl.struct(
        pl.lit(output.kpi).alias("name"),
        pl.col("@value").alias("value"),
        pl.lit(output.unit).alias("unit"),
        pl.lit(output.level).alias("level"),
        pl.struct(
            _iso(pl.col(START)).alias("start"),
            _iso(end).alias("end"),
            pl.lit(size / 1e6).alias("size_s")
            if size % 1_000_000
            else pl.lit(size // 1_000_000).alias("size_s"),
        ).alias("window"),
        (end <= after).alias("final"),
        pl.col(REVISION).alias("revision"),
        pl.col("@parts").alias("parts"),
        pl.lit(output.definition).alias("definition"),
    )
    identity = pl.concat_str(
        [
            pl.lit(f"kpi:{output.kpi}:{output.level}"),
            *(_piece(field) for field in group.fields),
            _iso(pl.col(START)),
            pl.lit(f"{size / 1e6:g}s"),
        ],
        separator=":",
    )
    frames = []
    # A document must not depend on what else is written with it, so rows of one shape stand together.
    for names, part in _by_shape(values):
        source = pl.struct(
            _iso(pl.col(START)).alias("@timestamp"),
            pl.struct(pl.lit("metric").alias("kind")).alias("event"),
            kpi.alias("kpi"),
            _dimensions(group, names).alias("dimensions"),
            pl.struct(pl.lit(plan.name).alias("name")).alias("pipeline"),
        ).struct.json_encode()
        frames.append(part.select(identity.alias("id"), pl.col(START).alias("time"), source.alias("source")))
    return Documents("kpi", _short(pl.concat(frames)))


def _short(frame: pl.DataFrame) -> pl.DataFrame:
    """Ids that Elasticsearch takes: at most 512 bytes, a long one replaced by its digest."""
    long = frame["id"].str.len_bytes() > 500
    if not long.any():
        return frame
    digest = pl.col("id").map_elements(lambda text: f"kpi:{sha256(text.encode()).hexdigest()}", pl.String)
    return frame.with_columns(pl.when(long).then(digest).otherwise("id").alias("id"))


def number(node: Node, size: int) -> pl.Expr:
    """A formula over measures as a float; `size` is the window's, in microseconds."""
    return to_column(node, window_size=size).cast(pl.Float64)


def _parts(output: Output, size: int) -> list[pl.Expr]:
    if output.ratio:
        named = [("numerator", output.ratio[0]), ("denominator", output.ratio[1])]
        parts = [number(node, size).alias(name) for name, node in named]
    else:
        parts = [
            pl.col(measure.id).cast(pl.Float64, strict=False).alias(measure.label)
            for measure in output.measures
        ]
    return [pl.struct(parts).alias("@parts")] if parts else [pl.lit(None).alias("@parts")]


def described(group: Group, keys: pl.DataFrame, zones: ZoneIndex) -> pl.DataFrame:
    """The keys with what the zone maps say of each, and with the names of what they say as `@shape`."""
    found = [zones.attributes(group.fields, tuple(key), epoch) for epoch, *key in keys.iter_rows()]
    names = [name for name in zones.dimensions if name not in group.fields]
    columns = [
        pl.Series(f"{SAID}{name}", [one.get(name) for one in found], dtype=zones.dtype(name))
        for name in names
    ]
    # A key that no map covers has null for what maps set; its zone would be one of many anyhow.
    usual = [name for name in names if name != "zone"]
    shapes = [",".join(name for name in names if name in one) if one else ",".join(usual) for one in found]
    return keys.with_columns(columns).with_columns(pl.Series(SHAPE, shapes, dtype=pl.String))


def _by_shape(values: pl.DataFrame) -> Iterator[tuple[list[str], pl.DataFrame]]:
    for (shape,), part in values.partition_by(SHAPE, as_dict=True, maintain_order=True).items():
        yield [name for name in str(shape or "").split(",") if name], part


def _dimensions(group: Group, names: list[str]) -> pl.Expr:
    said = [pl.col(f"{SAID}{name}").alias(name) for name in names]
    return pl.struct(*group.fields, *said) if group.fields or said else pl.lit(None)


def _iso(time: pl.Expr) -> pl.Expr:
    moment = time.cast(pl.Datetime("us"))
    whole = moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return pl.when(time % 1_000_000 == 0).then(whole).otherwise(moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))


def _piece(field: str) -> pl.Expr:
    text = pl.col(field).cast(pl.String)
    return text.str.replace_all("%", "%25", literal=True).str.replace_all(":", "%3A", literal=True)
