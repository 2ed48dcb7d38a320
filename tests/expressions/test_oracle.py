"""Random well-typed formulas: columns give what plain Python gives, event by event."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.expressions import to_column, unparse
from framework.expressions.nodes import (
    Binary,
    Call,
    Choose,
    Compare,
    Field,
    Literal,
    Logic,
    Member,
    Node,
    Unary,
)
from framework.expressions.normalize import normal_condition, normal_value
from tests.expressions.world import events, measure

NUMBERS = st.integers(-5, 5) | st.sampled_from([0.5, -2.5, 10**9, 1e200])
TEXTS = st.sampled_from(["", "a", "b", "AB"])


def literal(value: Any) -> Literal:
    return Literal.number(value) if not isinstance(value, bool | str) else Literal(value, "text")


NUMBER_LEAVES = NUMBERS.map(literal) | st.sampled_from([Field("lane", "int"), Field("score", "float")])
TEXT_LEAVES = st.sampled_from([Field("note", "string"), Field("machine_id", "string")])
BOOL_LEAVES = st.sampled_from([Field("read_ok", "bool"), Field("test_parcel", "bool")])


def numbers(depth: int) -> st.SearchStrategy[Node]:
    if not depth:
        return NUMBER_LEAVES
    inner = numbers(depth - 1)
    return st.one_of(
        NUMBER_LEAVES,
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner, inner),
        st.builds(Binary, st.just("**"), inner, st.sampled_from([-2, -1, 2, 3, 0.5]).map(literal)),
        st.builds(Unary, st.just("-"), inner.filter(lambda node: not isinstance(node, Literal))),
        st.builds(Choose, conditions(depth - 1), inner, inner),
        st.builds(
            lambda name, x: Call(name, (x,)),
            st.sampled_from(["abs", "round", "floor", "ceil", "sqrt", "log", "exp"]),
            inner,
        ),
        st.builds(
            lambda name, xs: Call(name, tuple(xs)),
            st.sampled_from(["least", "greatest", "coalesce"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
    )


def conditions(depth: int) -> st.SearchStrategy[Node]:
    if not depth:
        return BOOL_LEAVES
    inner, order = conditions(depth - 1), st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        BOOL_LEAVES,
        st.builds(Compare, order, numbers(depth - 1), numbers(depth - 1)),
        st.builds(Compare, order, TEXT_LEAVES, TEXT_LEAVES | TEXTS.map(literal)),
        st.builds(Compare, st.sampled_from(["==", "!="]), inner, inner),
        st.builds(Unary, st.just("not"), inner),
        st.builds(Logic, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Member, numbers(depth - 1), st.lists(NUMBERS, min_size=1, max_size=3).map(tuple)),
        st.builds(Member, TEXT_LEAVES, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
        st.builds(lambda x: Call("missing", (x,)), numbers(depth - 1)),
        st.builds(lambda x: Call("startswith", (x, Literal("a", "text"))), TEXT_LEAVES),
    )


def number(function: Any, *values: Any) -> float | None:
    """Arithmetic's rules: missing in, missing out; nothing that is not finite."""
    if any(value is None for value in values):
        return None
    try:
        found = function(*(float(value) for value in values))
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return found if isinstance(found, float) and math.isfinite(found) else None


ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: float(math.floor(a / b)),
    "%": lambda a, b: a - math.floor(a / b) * b,
    "**": lambda a, b: a**b,
}
FUNCTIONS = {
    "abs": abs,
    "round": lambda x: math.copysign(math.floor(abs(x) + 0.5), x) if abs(x) < 1e15 else x,
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "least": min,
    "greatest": max,
}
COMPARE = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def oracle(node: Node, row: dict[str, Any]) -> Any:
    match node:
        case Literal(value):
            return value
        case Field(name, _):
            return row[name]
        case Unary("not", operand):
            return not oracle(operand, row)
        case Unary(_, operand):
            return number(lambda x: -x, oracle(operand, row))
        case Binary(operator, left, right):
            return number(ARITHMETIC[operator], oracle(left, row), oracle(right, row))
        case Compare("!=", left, right):
            return not oracle(Compare("==", left, right), row)
        case Compare(operator, left, right):
            a, b = oracle(left, row), oracle(right, row)
            return a is not None and b is not None and COMPARE[operator](a, b)
        case Logic(operator, operands):
            return (all if operator == "and" else any)(bool(oracle(one, row)) for one in operands)
        case Member(operand, values):
            found = oracle(operand, row)
            return found is not None and found in values
        case Choose(condition, then, otherwise):
            return oracle(then if oracle(condition, row) else otherwise, row)
        case Call("missing", (operand,)):
            return oracle(operand, row) is None
        case Call("startswith", (operand, prefix)):
            return (oracle(operand, row) or "").startswith(oracle(prefix, row))
        case Call("coalesce", arguments):
            return next((x for x in (oracle(one, row) for one in arguments) if x is not None), None)
        case Call(name, arguments):
            return number(FUNCTIONS[name], *(oracle(one, row) for one in arguments))
    raise AssertionError(node)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "lane": st.none() | st.integers(-4, 4),
            "score": st.none() | st.sampled_from([0.0, 1.0, -0.5, 2.5, 1e300]),
            "note": st.none() | TEXTS,
            "machine_id": st.none() | TEXTS,
            "read_ok": st.none() | st.booleans(),
            "test_parcel": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


def columns(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return events({name: [row[name] for row in rows] for name in rows[0]})


def of(node: Node, frame: pl.DataFrame) -> list[Any]:
    return frame.with_columns(to_column(node).alias("@value"))["@value"].to_list()


def alike(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-300)


@given(conditions(3), ROWS)
@settings(max_examples=150, deadline=None)
def test_conditions(node: Node, rows: list[dict[str, Any]]) -> None:
    frame = columns(rows)
    expected = [bool(oracle(node, row)) for row in rows]
    assert [bool(one) for one in of(node, frame)] == expected
    assert [bool(one) for one in of(normal_condition(node), frame)] == expected


@given(numbers(3), ROWS)
@settings(max_examples=150, deadline=None)
def test_values(node: Node, rows: list[dict[str, Any]]) -> None:
    frame = columns(rows)
    found, expected = of(node, frame), [oracle(node, row) for row in rows]
    assert all(alike(a, b) for a, b in zip(found, expected, strict=True)), (unparse(node), found, expected)
    assert of(normal_value(node), frame) == found


@given(conditions(3))
@settings(max_examples=150, deadline=None)
def test_text_of_a_normal_condition_gives_it_back(node: Node) -> None:
    once = normal_condition(node)
    assert normal_condition(once) == once
    text = unparse(once)
    if len(text) < 1900:
        assert measure(f"count({text})").condition in (once, None)
