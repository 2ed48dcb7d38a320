"""Globs compared as sets, against what matching every short text says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.globs import GlobError, cover, expand, matcher, meet, places

PIECE = st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]", "[a-c]"])
GLOB = st.lists(PIECE, min_size=1, max_size=4).map("".join)
TEXTS = ["".join(signs) for length in range(6) for signs in itertools.product("abcd", repeat=length)]


def matched(*globs: str) -> set[str]:
    return {text for text in TEXTS if any(matcher(glob).match(text) for glob in globs)}


@settings(max_examples=150, deadline=None)
@given(GLOB, GLOB)
def test_meet(a: str, b: str) -> None:
    # Two globs of four places that meet at all do so in a text of at most eight signs; five do here,
    # but for stars on both sides, where a longer text is needed only to tell, not to be sure.
    shared = bool(matched(a) & matched(b))
    assert meet(a, b) or not shared
    if "*" not in a + b:
        assert meet(a, b) == shared


@settings(max_examples=150, deadline=None)
@given(st.lists(GLOB, max_size=3), GLOB)
def test_cover(wide: list[str], narrow: str) -> None:
    inside = matched(narrow) <= matched(*wide)
    assert inside or not cover(tuple(wide), narrow)
    if "*" not in "".join(wide) + narrow:
        assert cover(tuple(wide), narrow) == inside


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("M-0*", "M-1*", False),
        ("M-*1", "M-1*", True),
        ("*-A", "B-*", True),
        ("*", "", True),
        ("?*", "", False),
        ("[!a]", "[a]", False),
        ("[!a]", "[!b]", True),
        ("a*b*c", "*x*", True),
    ],
)
def test_meet_by_hand(a: str, b: str, expected: bool) -> None:
    assert meet(a, b) is meet(b, a) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (("M-*",), "M-0[1-3]*", True),
        (("M-0*", "M-1*"), "M-[01]*", True),
        (("M-0*",), "M-[01]*", False),
        (("*a*",), "*b*", False),
        (("?*", ""), "*", True),
        (("[!a]*", "a*", ""), "*", True),
    ],
)
def test_cover_by_hand(wide: tuple[str, ...], narrow: str, expected: bool) -> None:
    assert cover(wide, narrow) is expected


@pytest.mark.parametrize("glob", ["[", "a[b", "[^a]", "[9-0]", "[!]", "[]", "[\u0000-\uffff]"])
def test_what_can_not_be_read(glob: str) -> None:
    with pytest.raises(GlobError) as error:
        places(glob)
    assert error.value.hint


def test_expand() -> None:
    assert expand("A[0-1][xy]") == ("A0x", "A0y", "A1x", "A1y")
    assert expand("A?") is expand("A*") is expand("[!a]") is None
    assert expand("[a-z]" * 6) is None
