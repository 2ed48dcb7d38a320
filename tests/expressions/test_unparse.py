"""A tree to text and back, and its canonical text."""

from __future__ import annotations

import pytest

from framework.expressions import unparse
from tests.expressions.world import compiled, measure

CASES = [
    ("1+count()*2", "1 + count() * 2"),
    ("(1+count())*2", "(1 + count()) * 2"),
    ("count()-(count()-1)", "count() - (count() - 1)"),
    ("count()-count()-1", "count() - count() - 1"),
    ("count()/(count()/2)", "count() / (count() / 2)"),
    ("(count()**2)**3", "(count() ** 2) ** 3"),
    ("-count()**2", "-count() ** 2"),
    ("(-count())**2", "(-count()) ** 2"),
    ("(-2)**2*count()", "(-2) ** 2 * count()"),
    ("count()**-2", "count() ** -2"),
    ("count() - -3", "count() - -3"),
    ("- - count()", "--count()"),
    ("+count()", "count()"),
    ("1 if count()>1 and not count()==3 else 2", "1 if count() > 1 and not count() == 3 else 2"),
    ("1 if (count()>1 or count()<0) and True else 2", "1 if (count() > 1 or count() < 0) and True else 2"),
    ("1 if not (count()>1 or count()<0) else 2", "1 if not (count() > 1 or count() < 0) else 2"),
    ("(1 if count() else 2)", None),
    (
        "(1 if count()>1 else 2) if count()>2 else (3 if count()>3 else 4)",
        "(1 if count() > 1 else 2) if count() > 2 else 3 if count() > 3 else 4",
    ),
    ("(1 if count()>1 else 2)+1", "(1 if count() > 1 else 2) + 1"),
    ("1 if count() in (3,1.5) else 0", "1 if count() in [3, 1.5] else 0"),
    ("1 if count() not in [3] else 0", "1 if count() not in [3] else 0"),
    ('rate( count() ,per="60m")', 'rate(count(), per="1h")'),
    ('rate(count(), per="90 s")', 'rate(count(), per="90s")'),
    ("round(1e3*count(),2)", "round(1000 * count(), 2)"),
    ("1e-7*count()", "1e-07 * count()"),
    ("percentile(lane,99.90)", "percentile(lane, 99.9)"),
    ("percentile(lane,1e-5)", "percentile(lane, 1e-05)"),
    ("""count(note == 'a"b')""", r'count(note == "a\"b")'),
    (r"""count(note == 'a\\b\n\u200bü')""", r'count(note == "a\\b\x0a\u200bü")'),
    ("count((1 if read_ok else 0) == lane)", "count((1 if read_ok else 0) == lane)"),
    ("count((lane > 1) == read_ok)", "count((lane > 1) == read_ok)"),
    ("count(not (lane > 1) == read_ok)", "count((lane > 1) != read_ok)"),
]


@pytest.mark.parametrize(("text", "expected"), [case for case in CASES if case[1]])
def test_canonical_text_means_the_same(text: str, expected: str) -> None:
    found = compiled(text)
    assert unparse(found.value) == expected
    again = compiled(expected)
    assert again.value == found.value
    assert again.measures == found.measures


def test_the_text_of_a_measure_is_its_formula() -> None:
    for text in ("sum(lane, where=read_ok and lane > 1)", "count(lane > 1 or not read_ok)", "distinct(note)"):
        assert measure(measure(text).text) == measure(text)
