"""The simulations' models."""

from __future__ import annotations

from framework.definitions import model
from framework.definitions.convert import Converted


def build_simulation(converted: Converted) -> model.Simulation:
    """The model of a checked simulation file: its values as they are, for the simulator to read."""
    return model.Simulation(converted.value["simulation"], converted.value, converted.key("simulation"))
