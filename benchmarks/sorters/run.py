"""How well the shipped rules tell what goes wrong in simulated plants, next to peers on the same figures.

uv run python benchmarks/sorters/run.py                          # 20 plants, the shipped rules
uv run --group bench python benchmarks/sorters/run.py --peers all
uv run python benchmarks/sorters/run.py --seeds 4 --rules DIR    # other definitions
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.sorters import peers, shelf, shipped  # noqa: E402
from benchmarks.sorters.corpus import Corpus, make  # noqa: E402
from benchmarks.sorters.load import Roughness  # noqa: E402
from benchmarks.sorters.plants import Days  # noqa: E402
from benchmarks.sorters.scoring import Episode, Score, false_by_time, score, table  # noqa: E402
from framework.episodes.clusters import clusters  # noqa: E402

BUDGET = 1.0  # false episodes a day and 100 machines that peers get on the warm-up
QUICK = {
    "fixed bounds": peers.fixed,
    "fixed, beside the site": peers.beside,
    "z-score, 1 h": peers.rolling,
    "z-score, week": peers.weekly,
}
ONE = {"river GaussianScorer": shelf.gaussian, "river StandardAbsoluteDeviation": shelf.deviation}
MANY = {
    "river HalfSpaceTrees": shelf.half_space_trees,
    "PyOD ECOD": shelf.ecod,
    "PyOD IForest": shelf.isolation_forest,
}


def main() -> None:
    """Make the corpus, run what was asked for, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="plants of 40 machines")
    parser.add_argument("--first", type=int, default=100, help="the first plant's seed")
    parser.add_argument(
        "--days", type=int, default=9, help="of warm-up; then two with incidents, one holiday"
    )
    parser.add_argument("--rules", type=Path, default=ROOT / "kpi_defs", help="folder of definitions")
    parser.add_argument("--rough", type=float, default=1.0, help="how far plants depart from their curves")
    parser.add_argument("--jobs", type=int, default=2, help="processes for the rules")
    parser.add_argument("--peers", choices=["none", "quick", "all"], default="quick")
    parser.add_argument("--peer-seeds", type=int, default=4, help="plants for the slow peers")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # empty slices of machines that stood still
    corpus = _corpus(arguments, arguments.seeds)
    machines, days = len(corpus.site_of), corpus.days
    print(f"{len(corpus.seeds)} plants, {machines} machines, {days.warm} + {days.labelled + 1} days")
    began = time.monotonic()
    rules = score(corpus, _shipped(arguments, corpus))
    print(f"\nThe rules ({time.monotonic() - began:.0f} s)\n\n{_detail(rules)}\n")
    scores = [("Sortline", rules)]
    if arguments.peers != "none":
        scores += _peers(corpus, QUICK, {})
        print(f"All plants\n\n{table(scores)}\n")
    if arguments.peers == "all":
        few = _corpus(arguments, min(arguments.peer_seeds, arguments.seeds))
        slow = list(_peers(few, ONE, MANY))
        scores += slow
        print(f"The first {len(few.seeds)} plants\n\n{table(slow)}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps({name: _figures(one) for name, one in scores}, indent=1))


def _corpus(arguments: argparse.Namespace, seeds: int) -> Corpus:
    chosen = range(arguments.first, arguments.first + seeds)
    return make(chosen, Days(warm=arguments.days), Roughness().times(arguments.rough))


def _shipped(arguments: argparse.Namespace, corpus: Corpus) -> list[Episode]:
    """The episodes of all rules; rules that do not know of one another in processes of their own."""
    names = [
        tuple(w.name for w in one.watches) for one in clusters(shipped.rules_of(arguments.rules, corpus))
    ]
    if arguments.jobs == 1:
        return [one for group in names for one in _of(corpus, arguments.rules, group)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, context, _begin, (arguments,)) as pool:
        found: list[Episode] = []
        for episodes, seconds, group in pool.map(_some, names):
            print(
                f"{', '.join(group)}: {len(episodes)} episodes, {seconds:.0f} s", file=sys.stderr, flush=True
            )
            found += episodes
        return found


_HELD: dict[str, object] = {}


def _begin(arguments: argparse.Namespace) -> None:
    _HELD["corpus"], _HELD["rules"] = _corpus(arguments, arguments.seeds), arguments.rules


def _some(names: tuple[str, ...]) -> tuple[list[Episode], float, tuple[str, ...]]:
    began = time.monotonic()
    found = _of(_HELD["corpus"], _HELD["rules"], names)  # type: ignore[arg-type]
    return found, time.monotonic() - began, names


def _of(corpus: Corpus, folder: Path, names: tuple[str, ...]) -> list[Episode]:
    watches = [one for one in shipped.rules_of(folder, corpus) if one.name in names]
    return list(shipped.run(corpus, watches))


def _peers(corpus: Corpus, single: dict, several: dict) -> Iterator[tuple[str, Score]]:  # type: ignore[type-arg]
    series = peers.series_of(corpus)
    for name, scorer in single.items():
        began = time.monotonic()
        found = score(corpus, peers.univariate(corpus, series, name, scorer, BUDGET))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        yield name, found
    for name, scorer in several.items():
        began = time.monotonic()
        found = score(corpus, peers.multivariate(corpus, series, name, scorer, BUDGET))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        yield name, found


def _detail(one: Score) -> str:
    lines = ["| | incidents | recall | delay: median | 90 % | within 3 min | further episodes |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for kind, tally in one.kinds.items():
        delays = f"{tally.delay(50):.0f} min | {tally.delay(90):.0f} min | {tally.prompt:.2f}"
        lines.append(f"| {kind} | {tally.incidents} | {tally.recall:.3f} | {delays} | {tally.duplicates} |")
    whole = one.whole
    lines.append(
        f"\nrecall {whole.recall:.3f}, precision {one.precision:.3f}, {len(one.false)} false: "
        f"{one.false_rate:.2f} a day and 100 machines {dict(false_by_time(one))}"
    )
    lines.append("\n| rule | first to tell | again | false |\n|---|---:|---:|---:|")
    lines += [f"| {rule} | {a} | {b} | {c} |" for rule, (a, b, c) in sorted(one.rules.items())]
    lines += [
        f"missed: {m.kind.name}, {m.start % 1440 // 60} h, {m.end - m.start} min, size {m.size:.2f}"
        for m in one.missed
    ]
    return "\n".join(lines)


def _figures(one: Score) -> dict[str, object]:
    return {
        "recall": one.whole.recall,
        "precision": one.precision,
        "false_a_day_and_100_machines": one.false_rate,
        "rules": one.rules,
        "kinds": {
            kind: {
                "incidents": tally.incidents,
                "recall": tally.recall,
                "delay_median": tally.delay(50),
                "delay_p90": tally.delay(90),
                "within_3_min": tally.prompt,
                "duplicates": tally.duplicates,
            }
            for kind, tally in one.kinds.items()
        },
    }


if __name__ == "__main__":
    main()
