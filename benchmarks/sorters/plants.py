"""Where the corpus takes place: sites and machines of the shipped zone maps, and the days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from framework.definitions import load
from framework.definitions.model import Definitions
from framework.plan.zone_index import ZoneIndex
from framework.sources.simulator import Plant

ROOT = Path(__file__).resolve().parents[2]
SITES = ("BER", "BRE", "AGB", "ULM")
MINUTE = 60_000_000
DAY = 1440  # minutes
LANES = 64


@dataclass(frozen=True)
class Days:
    """`warm` days to learn from, then `labelled` ones with incidents, then a public holiday without any.

    The holiday is that of the shipped calendar, 25 December 2026, a Friday.
    """

    warm: int = 9
    labelled: int = 2
    holiday: str = "2026-12-25"
    timezone: str = "Europe/Berlin"

    @cached_property
    def begin(self) -> int:
        """Midnight of the first day, local time, in microseconds."""
        last = datetime.fromisoformat(self.holiday).replace(tzinfo=ZoneInfo(self.timezone))
        first = last - timedelta(days=self.warm + self.labelled)
        return int(first.astimezone(UTC).timestamp()) * 1_000_000

    @property
    def minutes(self) -> int:
        """All minutes."""
        return (self.warm + self.labelled + 1) * DAY

    @property
    def from_labelled(self) -> int:
        """The first minute that is scored."""
        return self.warm * DAY

    @property
    def from_holiday(self) -> int:
        """The first minute of the holiday."""
        return (self.warm + self.labelled) * DAY

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The start of each minute in microseconds."""
        return self.begin + np.arange(self.minutes, dtype=np.int64) * MINUTE


@dataclass(frozen=True)
class Machines:
    """The machines of one plant. `site` is each one's place among `sites`; `busy` its items a minute at a
    busy time; `zones` the zone of each of its lanes (columns); `said` what the zone maps say of it."""

    names: tuple[str, ...]
    sites: tuple[str, ...]
    site: NDArray[np.int64]
    busy: NDArray[np.float64]
    zones: NDArray[np.object_]
    said: tuple[Mapping[str, Any], ...]

    def __len__(self) -> int:
        return len(self.names)


def shipped() -> Definitions:
    """The shipped definitions. Raises `ValueError` where they have errors."""
    definitions, *_ = load(ROOT / "kpi_defs")
    if definitions is None:
        raise ValueError("kpi_defs has errors: sortline check kpi_defs")
    return definitions


def machines_of(definitions: Definitions, begin: int, sites: Sequence[str] = SITES) -> Machines:
    """The machines that the zone maps list at these sites."""
    said = Plant(definitions, begin, only={"site": list(sites)}).entities
    spec = definitions.simulations[0].spec
    rate = spec.get("rate_dimension")
    busy = [float(one.get(rate) or spec["rate"]) / 60 for one in said]
    return Machines(
        names=tuple(str(one["machine_id"]) for one in said),
        sites=tuple(sites),
        site=np.array([list(sites).index(str(one["site"])) for one in said]),
        busy=np.array(busy),
        zones=_zones(definitions, [str(one["machine_id"]) for one in said], begin),
        said=tuple(said),
    )


def _zones(definitions: Definitions, names: Sequence[str], begin: int) -> NDArray[np.object_]:
    types = {field.name: field.type for field in definitions.pipeline.events.fields}
    index = ZoneIndex(definitions.zones, definitions.dimensions, types)
    lanes = pl.DataFrame({"lane": range(1, LANES + 1)})
    frame = pl.DataFrame({"machine_id": names}).join(lanes, how="cross")
    zones = index.attach(frame.with_columns(pl.lit(begin).alias("time")), "time")["zone"]
    return zones.to_numpy().astype(object).reshape(len(names), LANES)
