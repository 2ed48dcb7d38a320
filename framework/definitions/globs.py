"""Globs as sets of texts: whether two have a text in common, and whether some hold all of another."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import lru_cache

# One place of a glob: None for a star, else the signs it takes (or, negated, those it does not take).
Place = tuple[bool, frozenset[str]] | None
_ANY: Place = (True, frozenset())
_OTHER = "\U0010ffff"
_MOST = 10_000
_STATES = 2_000
_LONGEST = 64
_LITERAL = re.compile(r"[*?\[]")


class GlobError(ValueError):
    """A glob that can't be read: the message, and a cure in `hint`."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@lru_cache(maxsize=10_000)
def places(glob: str) -> tuple[Place, ...]:
    """The places of a glob. Raises `GlobError`."""
    if len(glob) > _LONGEST:
        raise GlobError(f"a glob of {len(glob):,} signs is too long", f"the most is {_LONGEST}")
    found: list[Place] = []
    at = 0
    while at < len(glob):
        sign = glob[at]
        if sign == "[":
            end = glob.find("]", at + (3 if glob[at + 1 : at + 2] == "!" else 2))
            if end < 0:
                raise GlobError(f"the '[' in '{glob}' is never closed", "as in A-[0-3]*")
            found.append(_class(glob, glob[at + 1 : end]))
            at = end
        else:
            found.append(None if sign == "*" else _ANY if sign == "?" else (False, frozenset(sign)))
        at += 1
    return tuple(found)


def literal(glob: str) -> str:
    """The beginning that all texts of a glob share.

    >>> literal("M-0[1-3]*")
    'M-0'
    """
    return _LITERAL.split(glob, maxsplit=1)[0]


@lru_cache(maxsize=10_000)
def matcher(glob: str) -> re.Pattern[str]:
    """The glob as a regular expression."""
    return re.compile(fnmatch.translate(glob))


@lru_cache(maxsize=10_000)
def expand(glob: str) -> tuple[str, ...] | None:
    """The texts of a glob that has only character classes; None for one that can't be listed.

    >>> expand("M-[0-1]x"), expand("M-*")
    (('M-0x', 'M-1x'), None)
    """
    found = [""]
    for place in places(glob):
        if place is None or place[0] or len(found) * len(place[1]) > _MOST:
            return None
        found = [text + sign for text in found for sign in sorted(place[1])]
    return tuple(found)


@lru_cache(maxsize=100_000)
def meet(a: str, b: str) -> bool:
    """Whether some text matches both globs: a walk over pairs of places in the two.

    >>> meet("A*1", "*B1"), meet("A?", "B?")
    (True, False)
    """
    first, second = places(a), places(b)
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        if i == len(first) and j == len(second):
            return True
        one = first[i] if i < len(first) else ()
        other = second[j] if j < len(second) else ()
        steps = []
        if one is None:
            steps += [(i + 1, j)] + ([(i, j + 1)] if other else [])
        if other is None:
            steps += [(i, j + 1)] + ([(i + 1, j)] if one else [])
        if one and other and _share(one, other):
            steps.append((i + 1, j + 1))
        waiting += [step for step in steps if step not in seen]
        seen.update(steps)
    return False


@lru_cache(maxsize=100_000)
def cover(wide: tuple[str, ...], narrow: str) -> bool:
    """Whether every text of `narrow` matches one of `wide`; False when that is too long to find out.

    Walks both as automata at once, the wide ones together as one deterministic automaton.

    >>> cover(("A*",), "A[0-3]*"), cover(("A?",), "A*")
    (True, False)
    """
    if not all(any(matcher(glob).match(text) for glob in wide) for text in _samples(narrow)):
        return False
    globs = [places(narrow), *(places(glob) for glob in wide)]
    signs = {sign for glob in globs for place in glob if place for sign in place[1]} | {_OTHER}
    start = (_closed(globs[:1], {(0, 0)}), _closed(globs[1:], {(k, 0) for k in range(len(wide))}))
    waiting, seen = [start], {start}
    while waiting:
        inner, outer = waiting.pop()
        if _ends(globs[:1], inner) and not _ends(globs[1:], outer):
            return False
        for sign in signs:
            after = _step(globs[:1], inner, sign)
            if not after:
                continue
            state = (after, _step(globs[1:], outer, sign))
            if state not in seen:
                seen.add(state)
                waiting.append(state)
        if len(seen) > _STATES:
            return False
    return True


def _samples(glob: str) -> list[str]:
    """Two texts of a glob, which tell most that do not fit at once."""
    found = [
        [star if place is None else _OTHER if place[0] else min(place[1]) for place in places(glob)]
        for star in ("", _OTHER)
    ]
    return ["".join(signs) for signs in found]


_State = frozenset[tuple[int, int]]


def _closed(globs: list[tuple[Place, ...]], state: Iterable[tuple[int, int]]) -> _State:
    found = set(state)
    waiting = list(found)
    while waiting:
        k, at = waiting.pop()
        if at < len(globs[k]) and globs[k][at] is None and (k, at + 1) not in found:
            found.add((k, at + 1))
            waiting.append((k, at + 1))
    return frozenset(found)


def _step(globs: list[tuple[Place, ...]], state: _State, sign: str) -> _State:
    after = set()
    for k, at in state:
        if at == len(globs[k]):
            continue
        place = globs[k][at]
        if place is None:
            after.add((k, at))
        elif (sign in place[1]) != place[0]:
            after.add((k, at + 1))
    return _closed(globs, after)


def _ends(globs: list[tuple[Place, ...]], state: _State) -> bool:
    return any(at == len(globs[k]) for k, at in state)


def _share(a: tuple[bool, frozenset[str]], b: tuple[bool, frozenset[str]]) -> bool:
    if a[0] and b[0]:
        return True
    if a[0] or b[0]:
        outside, inside = (a[1], b[1]) if a[0] else (b[1], a[1])
        return not inside <= outside
    return not a[1].isdisjoint(b[1])


def _class(glob: str, body: str) -> Place:
    if body.startswith("^"):
        raise GlobError(
            f"'[{body}]' in '{glob}' is not understood", f"write [!{body[1:]}] for any sign but these"
        )
    negated, body = body.startswith("!"), body.removeprefix("!")
    found: set[str] = set()
    at = 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            low, high = ord(body[at]), ord(body[at + 2])
            if low > high:
                raise GlobError(
                    f"'{body[at : at + 3]}' in '{glob}' is empty", f"write {chr(high)}-{chr(low)}"
                )
            if high - low > 1_000:
                raise GlobError(f"'{body[at : at + 3]}' in '{glob}' has too many signs", "use ? or *")
            found.update(map(chr, range(low, high + 1)))
            at += 3
        else:
            found.add(body[at])
            at += 1
    return negated, frozenset(found)
