"""Hostile formulas: none runs, crashes, hangs or prints; all that comes back are diagnostics."""

from __future__ import annotations

import ast
import builtins
import itertools
import keyword
import os
import string
import subprocess
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.expressions import compile_formulas, to_column, unparse
from tests.expressions.hostile import ESCAPES, NESTS
from tests.expressions.world import TYPES, definitions, diagnosed, kpi

NAMES = [*dir(builtins), *keyword.kwlist, *keyword.softkwlist]
HOSTILE = [
    *ESCAPES,
    *NESTS,
    *NAMES,
    *(f"{name}(lane)" for name in NAMES),
    *(f"count({name})" for name in NAMES),
]


def checked(text: str) -> None:
    """Compiles, and where that succeeds makes columns and text of it too."""
    found, diagnostics = compile_formulas(definitions(kpi("k", text), kpi("w", "count()", where=text)))
    for one in diagnostics:
        assert one.code.startswith("formula/")
        assert one.message and one.at.line >= 1 and one.at.end_column > one.at.column >= 1
        str(one.as_json())
    for compiled in found.values():
        to_column(compiled.value, window_size=60_000_000)
        for measure in compiled.measures:
            for node in (measure.argument, measure.condition):
                if node is not None:
                    to_column(node)
        assert diagnosed(unparse(compiled.value)) == () or len(unparse(compiled.value)) > 1000


def test_hostile_formulas_do_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a formula was run")

    monkeypatch.setattr(os, "system", forbidden)
    monkeypatch.setattr(subprocess, "Popen", forbidden)
    for name in ("eval", "exec", "open", "input", "breakpoint", "print"):
        monkeypatch.setattr(builtins, name, forbidden)
    assert len(HOSTILE) > 400
    for text in HOSTILE:
        before = time.perf_counter()
        checked(text)
        assert time.perf_counter() - before < 2, text[:80]
    assert capfd.readouterr() == ("", "")


PIECES = [
    *"+-*/%()[]{},.:=<>!&|^~@#'\"\\\n ",
    *("==", "!=", "<=", ">=", "**", "//", ":="),
    *(" and ", " or ", "not ", " in ", " if ", " else ", " is ", "lambda ", "for "),
    *("0", "1", "2.5", "1e9", "'a'", '"sorted"', "True", "None", "“", "é", "\x00", "\ud800"),
    *TYPES,
    *("count(", "sum(", "mean(", "percentile(", "rate(", "abs(", "where=", 'per="1h"', "first(", "k"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_pieces_of_formulas(text: str) -> None:
    checked(text)


@given(st.text(max_size=80) | st.text(string.printable, max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text(text: str) -> None:
    checked(text)


def trees() -> st.SearchStrategy[ast.expr]:
    """Any expression that Python has, mostly of the kinds that formulas have too."""
    names = st.sampled_from([*TYPES, "count", "sum", "min", "last", "k", "nope"]).map(
        lambda x: ast.Name(x, ast.Load())
    )
    constants = st.sampled_from([0, 1, -1, 2.5, "a", "sorted", True, None, ..., b"x", 1j, 10**30]).map(
        ast.Constant
    )
    operators = [*ast.operator.__subclasses__()]
    compares = [*ast.cmpop.__subclasses__()]

    def grown(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
        some = st.lists(inner, min_size=1, max_size=3)
        functions = ["count", "sum", "mean", "percentile", "last", "rate", "abs", "round", "least", "missing"]
        aggregates = st.sampled_from(functions)
        return st.one_of(
            st.builds(lambda a, o, b: ast.BinOp(a, o(), b), inner, st.sampled_from(operators), inner),
            st.builds(lambda o, a: ast.UnaryOp(o(), a), st.sampled_from(ast.unaryop.__subclasses__()), inner),
            st.builds(
                lambda o, a: ast.BoolOp(o(), a),
                st.sampled_from([ast.And, ast.Or]),
                st.lists(inner, min_size=2, max_size=3),
            ),
            st.builds(lambda a, o, b: ast.Compare(a, [o()], [b]), inner, st.sampled_from(compares), inner),
            st.builds(lambda a, b, c: ast.Compare(a, [ast.Lt(), ast.LtE()], [b, c]), inner, inner, inner),
            st.builds(ast.IfExp, inner, inner, inner),
            st.builds(lambda f, a: ast.Call(ast.Name(f, ast.Load()), a, []), aggregates, some),
            st.builds(
                lambda f, a, k, v: ast.Call(ast.Name(f, ast.Load()), a, [ast.keyword(k, v)]),
                aggregates,
                some,
                st.sampled_from(["where", "per", "lane", None]),
                inner,
            ),
            st.builds(lambda a: ast.List(a, ast.Load()), some),
            st.builds(lambda a: ast.Tuple(a, ast.Load()), some),
            st.builds(lambda a: ast.Attribute(a, "x", ast.Load()), inner),
            st.builds(lambda a, b: ast.Subscript(a, b, ast.Load()), inner, inner),
            st.builds(lambda a: ast.Starred(a, ast.Load()), inner),
        )

    return st.recursive(names | constants, grown, max_leaves=12)


@given(trees())
@settings(max_examples=400, deadline=None)
def test_any_tree(tree: ast.expr) -> None:
    checked(ast.unparse(ast.fix_missing_locations(tree)))


def test_every_pair_of_pieces() -> None:
    for pair in itertools.product(PIECES, repeat=2):
        diagnosed("count() + " + "".join(pair))
