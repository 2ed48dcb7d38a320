"""The detectors: what tells that a value is odd, one a file."""

from __future__ import annotations

from dataclasses import fields

from framework.definitions.rule import Leaf
from framework.detectors.base import Detector, Setting
from framework.detectors.change import Change
from framework.detectors.drift import Drift
from framework.detectors.members import Members
from framework.detectors.mix import Mix
from framework.detectors.no_data import NoData
from framework.detectors.novelty import Novelty
from framework.detectors.peers import Peers
from framework.detectors.range_break import RangeBreak
from framework.detectors.rate import Rate
from framework.detectors.residual import Residual
from framework.detectors.seasonal import Seasonal
from framework.detectors.threshold import Threshold

_ALL: tuple[type[Detector], ...] = (
    Change,
    Drift,
    Members,
    Mix,
    NoData,
    Novelty,
    Peers,
    RangeBreak,
    Rate,
    Residual,
    Seasonal,
    Threshold,
)
REGISTRY: dict[str, type[Detector]] = {detector.name: detector for detector in _ALL}


def make(leaf: Leaf, setting: Setting) -> Detector:
    """The detector that a leaf of a clause names, with its settings; those left out have their defaults.

    Raises `ValueError` where there is no such detector, or it has no such setting.

    >>> from framework.definitions.diagnostics import Span
    >>> make(Leaf("threshold", {"below": 900.0}, Span("")), Setting("below", 60, 60)).below
    900.0
    """
    detector = REGISTRY.get(leaf.detector)
    if detector is None:
        raise ValueError(f"there is no detector {leaf.detector}; there are {', '.join(sorted(REGISTRY))}")
    has = {one.name for one in fields(detector)} - {"setting"}
    if extra := sorted(set(leaf.settings) - has):
        raise ValueError(
            f"{leaf.detector} has no setting {', '.join(extra)}; it has {', '.join(sorted(has))}"
        )
    return detector(setting, **leaf.settings)


__all__ = ["REGISTRY", "Detector", "Setting", "make"]
