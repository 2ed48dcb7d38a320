"""The product's detectors on the Numenta Anomaly Benchmark, beside its published leaderboard.

    uv run python benchmarks/nab/run.py --nab DIR

The rule is that of `definitions/`, run as the product runs it: each episode that begins is a detection. In
the other lines the threshold is the best for the whole corpus, profile by profile, as the benchmark has it;
those of the product hold their fire after each detection, for as long as the rule's episodes last at least.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.nab.corpus import Series, load  # noqa: E402
from benchmarks.nab.episodes import episodes, watch  # noqa: E402
from benchmarks.nab.gaussian import windowed_gaussian  # noqa: E402
from benchmarks.nab.hold import Hold  # noqa: E402
from benchmarks.nab.product import SETTING, scores  # noqa: E402
from benchmarks.nab.scorer import PROFILES, Board, Profile  # noqa: E402
from framework.detectors.drift import Drift  # noqa: E402
from framework.detectors.novelty import Novelty  # noqa: E402
from framework.detectors.range_break import RangeBreak  # noqa: E402
from framework.detectors.residual import Residual  # noqa: E402

PUBLISHED = {
    "ARTime": (74.9, 65.1, 80.4),
    "Numenta HTM": (70.5, 62.6, 75.2),
    "CAD OSE": (69.9, 67.0, 73.2),
    "Skyline": (58.2, 46.2, 63.9),
    "KNN CAD": (58.0, 43.4, 64.8),
    "relative entropy": (54.6, 47.6, 58.8),
    "random cut forest": (51.7, 38.4, 59.7),
    "Twitter ADVec": (47.1, 33.6, 53.5),
    "windowed Gaussian": (39.6, 20.9, 47.4),
}
CACHE = ROOT / ".sortline" / "benchmarks" / "nab"
ALONE = (Novelty(SETTING), RangeBreak(SETTING), Residual(SETTING, long=288), Drift(SETTING))
BLIND = 400  # rows
LEAST, MOST = 0.00002, 0.03  # of the rows: shares that a threshold lets fire


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--nab", type=Path, required=True, help="folder with the benchmark's data/ and labels/"
    )
    corpus = load(parser.parse_args().nab)
    board = Board.of(corpus)
    print(f"{'':46}" + "".join(f"{profile.name:>22}" for profile in PROFILES))
    for name, row in PUBLISHED.items():
        show(f"{name} (published)", row)
    gaussian = np.concatenate([windowed_gaussian(series.values) for series in corpus])
    show("windowed Gaussian (here)", [board.sweep(gaussian, profile).score for profile in PROFILES])
    blind = np.concatenate([np.arange(len(series)) % BLIND == BLIND - 1 for series in corpus])
    show(f"every {BLIND}th row, blindly", [board.score(blind, profile) for profile in PROFILES])
    hold = watch().rule.recover.least
    for detector in ALONE:
        values = scores(detector, corpus, CACHE)
        show(f"{detector.name} alone", [best(corpus, board, values, hold, profile) for profile in PROFILES])
    rule = np.max([scores(detector, corpus, CACHE) for detector in watch().detectors], axis=0)
    show("the rule's detectors", [best(corpus, board, rule, hold, profile) for profile in PROFILES])
    begun = episodes(corpus)
    show("the rule", [board.score(begun, profile) for profile in PROFILES])


def show(name: str, row: Sequence[float]) -> None:
    """One line of the table."""
    print(f"{name:46}" + "".join(f"{value:22.1f}" for value in row), flush=True)


def best(
    corpus: Sequence[Series], board: Board, values: NDArray[np.float64], rows: int, profile: Profile
) -> float:
    """The score with the best of some thresholds, when fire is held for some rows after each detection."""
    hold, found = Hold(corpus), []
    shares = 1 - np.geomspace(LEAST, MOST, 120)
    for threshold in np.unique(np.quantile(values[board.row], shares)).tolist():
        detected = np.zeros(len(values), dtype=bool)
        detected[hold.detections(values >= threshold, rows)] = True
        found.append(board.score(detected, profile))
    return max(found)


if __name__ == "__main__":
    main()
