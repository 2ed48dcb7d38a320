"""A believable plant, made from a `simulation` definition: the same seed gives the same bytes."""

from framework.sources.simulator.plant import Plant, SimulationError
from framework.sources.simulator.records import Records

__all__ = ["Plant", "Records", "SimulationError"]
