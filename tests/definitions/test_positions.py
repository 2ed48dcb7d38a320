"""A formula knows the place of each of its characters, however YAML has it written."""

from __future__ import annotations

import pytest
import yaml

from framework.definitions.nodes import compose
from framework.definitions.positions import formula
from framework.definitions.text import Source

WRITTEN = {
    "plain": "v: abc + d",
    "plain with a comment": "v: abc + d  # why",
    "plain over lines": "v: abc\n  + d\n\n  + e",
    "in a flow mapping": "{w: 1, v: a b}",
    "single quotes": "v: 'a == ''x'' + d'",
    "single quotes over lines": "v: 'abc\n\n  q'",
    "double quotes": 'v: "a == b"',
    "double quotes over lines": 'v: "abc\n  + d \\\n   z"',
    "literal": "v: |\n  abc\n   + d\n",
    "literal, kept": "v: |+\n  a\n\n\nw: 2",
    "literal, indentation given": "v: |2\n   abc\n   d",
    "folded": "v: >\n  abc\n  + d\n",
    "folded, more indented": "v: >\n  abc\n\n  + d\n\n\n   more\n  less\n",
    "folded, blank first": "v: >-\n\n  abc\n  d\nw: 1",
    "wide signs": "v: 'ä == \"日本\"'",
    "nothing": 'v: ""',
}


def written(text: str) -> tuple[Source, yaml.ScalarNode]:
    source = Source("f.yaml", text)
    root, problems = compose(source)
    assert root is not None
    assert not problems
    return source, next(value for key, value in root.value if key.value == "v")


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_every_character_is_where_it_says(text: str) -> None:
    source, node = written(text)
    found = formula(source, node)
    for number, line in enumerate(found.text.split("\n"), 1):
        for offset, sign in enumerate(line):
            at = found.at(number, offset)
            there = source.line(at.line)[at.column - 1 : at.column]
            # A fold's space stands for the end of a line.
            assert there == sign or (sign == " " and not source.line(at.line)[at.column - 1 :].strip())
    assert len(found.starts) >= 1


def test_escapes_are_pointed_at_by_their_backslash() -> None:
    found = formula(*written('v: "a == \\"x\\" + \\u00e9d"'))
    assert found.text == 'a == "x" + éd'
    assert [found.at(1, offset).column for offset in (5, 6, 11, 12)] == [10, 12, 18, 24]
    assert found.at(1, 5, 3).end_column == 15


def test_starts_are_those_of_the_lines() -> None:
    found = formula(*written("v: |\n  abc\n   + d\n"))
    assert [(start.line, start.column) for start in found.starts] == [(2, 3), (3, 3)]
