"""One rule at one window: what its detectors say, what its clause comes to, where its episodes go."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from framework.definitions.rule import Amount, Leaf
from framework.detectors import make
from framework.detectors.base import NO, UNKNOWN, YES, Arrays, Bools, Floats, Ints, Seen, Verdict
from framework.episodes.logic import Firing, figures, holds
from framework.episodes.machine import ACTIVE, Judged, step
from framework.episodes.memory import EPISODE, FIGURES, Memory, Past
from framework.episodes.watch import Watch

Tracks = dict[str, Arrays]


class Judge:
    """Judges windows of one rule. Holds nothing but the rule: state comes with each call."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._by_leaf = {id(leaf): make(leaf, watch.setting).id for leaf in watch.leaves()}
        # The leaves that fire come first: their figures are the rule's.
        self._order = tuple(dict.fromkeys(self._by_leaf.values()))

    def verdicts(
        self, seen: Seen, context: Mapping[str, Mapping[str, Floats]], tracks: Tracks
    ) -> dict[str, Verdict]:
        """What each detector says; moves their tracks on, but those of keys without the window."""
        found = {}
        every = bool(seen.known.all())
        for one in self.watch.detectors:
            track = tracks[one.id]
            before = {} if every else {name: values.copy() for name, values in track.items()}
            found[one.id] = one.judge(seen, context.get(one.id, {}), track)
            for name, values in before.items():
                mask = seen.known if values.ndim == 1 else seen.known[:, None]
                track[name] = np.where(mask, track[name], values)
        return found

    def judged(self, seen: Seen, verdicts: Mapping[str, Verdict], looks: Bools, track: Arrays) -> Judged:
        """The clause and what else an episode needs to know; counts the silent windows in the track."""
        rule = self.watch.rule
        silent = seen.known & (seen.events == 0)
        track["silent"] = np.where(
            silent, track["silent"] + 1, np.where(seen.known, 0, track["silent"])
        ).astype(np.int32)
        expected, lower, upper = figures(verdicts, self._order)
        firing = holds(rule.detect, lambda leaf: self._firing(leaf, verdicts))
        if rule.min_volume > 0:
            ratio = self.watch.setting.ratio
            volume = seen.denominator if ratio else np.fmax(seen.value, expected)
            firing = np.where(volume >= rule.min_volume, firing, UNKNOWN).astype(np.int8)
        if rule.no_data is not None:
            answer = {"keep": UNKNOWN, "ok": NO, "fire": YES}[rule.no_data.policy]
            quiet = track["silent"] >= rule.no_data.after
            firing = np.where(quiet, answer, np.where(silent, UNKNOWN, firing)).astype(np.int8)
        graver = np.zeros(len(seen), dtype=bool)
        if rule.escalate is not None and rule.escalate.detect is not None:
            graver = holds(rule.escalate.detect, lambda leaf: self._firing(leaf, verdicts)) == YES
        return Judged(
            firing, looks, self._recovered(seen.value, expected), graver, seen.value, expected, lower, upper
        )

    def again(
        self, memory: Memory, past: Past, tracks: Tracks, place: Ints | None
    ) -> tuple[Seen, dict[str, Verdict], Judged]:
        """A kept window judged with tracks that stand before it; `place` are the keys, all where None."""
        seen = seen_of(memory, past, place)
        context = past.context
        if place is not None:
            context = {
                name: {key: values[place] for key, values in one.items()} for name, one in context.items()
            }
        verdicts = self.verdicts(seen, context, tracks)
        looks = past.judged if place is None else past.judged[place]
        quiet = past.quiet if place is None else past.quiet[place]
        track = tracks[EPISODE]
        judged = self.judged(seen, verdicts, looks, track)
        step(
            self.watch.rule, self.watch.setting.every, track, past.start, past.end, judged, quiet, seen.known
        )
        return seen, verdicts, judged

    def learn(self, memory: Memory, past: Past) -> None:
        """Move the settled tracks on by the oldest window, and let the detectors learn from it."""
        seen, _, _ = self.again(memory, past, memory.settled, None)
        track, now = memory.settled[EPISODE], memory.now[EPISODE]
        # A window that fired by itself is learnt: bands that never saw what lies beyond them would shrink.
        # One that an episode began with is not, although it was only pending then.
        inside = (now["opened"] > 0) & (now["began"] <= past.start) & (past.end <= now["hit"])
        usual = seen.known & past.judged & ~past.quiet & (track["phase"] < ACTIVE) & ~inside
        if self.watch.rule.no_data is not None:
            usual = usual & (seen.events > 0)
        for one in self.watch.detectors:
            learnt = usual
            relearn = getattr(one, "relearn", None)
            if relearn is not None:
                # What lasts so long is the new usual.
                lasts = (track["phase"] >= ACTIVE) & (past.end - track["began"] >= relearn)
                learnt = usual | (lasts & past.judged & seen.known)
            one.learn(
                seen, past.context.get(one.id, {}), learnt, memory.learned[one.id], memory.tables[one.id]
            )

    def _firing(self, leaf: Leaf, verdicts: Mapping[str, Verdict]) -> Firing:
        return verdicts[self._by_leaf[id(leaf)]].firing

    def _recovered(self, value: Floats, expected: Floats) -> Bools:
        recover = self.watch.rule.recover
        found = np.ones(len(value), dtype=bool)
        if recover.above is not None:
            found &= ~(value < _bound(recover.above, expected))
        if recover.below is not None:
            found &= ~(value > _bound(recover.below, expected))
        return found


def seen_of(memory: Memory, past: Past, place: Ints | None = None) -> Seen:
    """What was seen of a kept window, of some keys or of all."""
    figures = past.figures if place is None else {name: past.figures[name][place] for name in FIGURES}
    return Seen(
        start=past.start,
        end=past.end,
        value=figures["value"],
        numerator=figures["numerator"],
        denominator=figures["denominator"],
        events=figures["events"],
        known=past.known if place is None else past.known[place],
        row=memory.row if place is None else memory.row[place],
    )


def taken(tracks: Tracks, place: Ints) -> Tracks:
    """The tracks of some keys, to be moved on by themselves."""
    return {name: {key: values[place] for key, values in arrays.items()} for name, arrays in tracks.items()}


def put_back(tracks: Tracks, place: Ints, moved: Tracks) -> None:
    """The moved tracks of some keys into those of all."""
    for name, arrays in moved.items():
        for key, values in arrays.items():
            whole = tracks[name][key].copy()
            whole[place] = values
            tracks[name][key] = whole


def _bound(amount: Amount, expected: Floats) -> Floats | float:
    return amount.value / 100 * expected if amount.percent else amount.value
