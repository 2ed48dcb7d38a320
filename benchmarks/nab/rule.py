"""The rule that is measured: one for the whole corpus.

As a definition:

    detect:
      novelty: {}
      or: {novelty: {short: 1 window, long: 1 window, alike: 4%, clear: 1.3}}
    fire: {when: outside}
    recover: {least: 100 windows}
"""

from __future__ import annotations

from benchmarks.nab.product import SETTING
from framework.detectors.base import Detector
from framework.detectors.novelty import Novelty

HOLD = 100
RULE: tuple[Detector, ...] = (
    Novelty(SETTING),
    Novelty(SETTING, short=1, long=1, alike=0.04, clear=1.3),
)
