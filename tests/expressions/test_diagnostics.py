"""What is said about wrong formulas, to the letter: `golden/diagnostics.txt`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from framework.definitions.diagnostics import Diagnostic
from framework.expressions import compile_formulas
from tests.expressions.world import COLUMN, codes, definitions, diagnosed, kpi

GOLDEN = Path(__file__).parent / "golden" / "diagnostics.txt"
OTHERS = (kpi("reject_rate", "count() / count()"), kpi("throughput", "count()"))
FORMULAS = [
    "count(",
    "count())",
    "count(]",
    "1) + (2",
    'count(event_type = "jam")',
    'count(event_type == "jam") = 3',
    "count() && 1",
    "count(lane > 1 || lane < 3)",
    "count(!read_ok)",
    "count(lane <> 3)",
    "IF(lane > 1, 1, 0)",
    "count(lane > 1 AND read_ok)",
    "count(NOT read_ok)",
    "count(); count()",
    "count(note == “a”)",
    "count(note == 'a)",
    "lane.x",
    "count(lane.x == 1)",
    "count(lane[0])",
    "count(x.y.z())",
    "(lambda: 1)()",
    "[x for x in lane]",
    "f'{count()}'",
    "count(lane := 3)",
    "sum(*lane)",
    "sum(**lane)",
    "count(lane & 3)",
    "count(lane == 1 & read_ok)",
    "count() ^ 2",
    "~count()",
    "mean(reject_rate)",
    "sum(count())",
    "mean(rate(count(), per='1h'))",
    "lane + 1",
    "event_type",
    "mean(event_type)",
    "count(lane)",
    "count(lane + 1)",
    "sum(read_ok)",
    "avg(lane)",
    "summ(lane)",
    "SUM(lane)",
    "count(lnae > 1)",
    "reject_rat * 2",
    "count(event_type == 'sortd')",
    "count(event_type in ['sorted', 'jamm', 'x'])",
    "count(event_type > 3)",
    "count(lane == '5')",
    "count(note == 5)",
    "count(read_ok == 1)",
    "count(read_ok > False)",
    "count(not lane)",
    "count(lane and read_ok)",
    "percentile(lane)",
    "percentile(lane, 100)",
    "percentile(lane, 0)",
    "percentile(lane, lane)",
    "percentile(lane, 50 + 1)",
    "sum(lane, were=read_ok)",
    "sum(lane, if_=read_ok)",
    "count(lane, read_ok)",
    "min(lane, rated)",
    "rate(count())",
    "rate(count(), per='hour')",
    "rate(count(), '1h')",
    "rate(mean(lane), per='1h')",
    "10**10**10*count()",
    "count() ** count()",
    "count() ** 99",
    "999999999999999999999999999999*count()",
    "1e999*count()",
    "count(lane in [])",
    "count(lane in lane)",
    "count(lane in [rated])",
    "count(lane is None)",
    "count(lane == None)",
    "count() if lane > 1 else 0",
    "count() if count() else 0",
    "1",
    "'a'",
    "count() + 'a'",
    "count(true)",
    "null",
    "count(class == 1)",
    "count(01 == lane)",
    "0,5 * count()",
    "count() > 5% ",
    "count(lane = 1, read_ok = 1)",
    "lane + rated + nope(1) + mean(zzz)",
    "k + 1",
    "count(lаne > 1)",
    "count(lane ≥ 1)",
    "count(lane − 1 > 0)",
    "count(lane\xa0> 1)",
    "count(note in ['a' 'b'])",
    "5ms * count()",
    "count(lane > 1) if count() > 1",
    "count(ts > 3)",
    "throughput()",
    "lane(3)",
    "count",
    "missing(lane)",
    "round(count(), lane)",
    "round(count(), 1.5)",
    "abs(count(), 1)",
    "abs(x=count())",
    "least(count())",
    "count(lane > 1,\n  where=lnae == 3)",
    "2(3)",
    "count()(1)",
    "sum(lane)[0]",
    "count(note LIKE 'a')",
    "count(lane BETWEEN 1 AND 2)",
    "count(lane === 1)",
    "count(lane => 1)",
    "count(lane > 1)) / (count()",
    "'\\ud800'",
    "count(note == '\\ud800')",
    "count() / reject_rate.value",
    "{count()}",
    "...",
    "yield",
    "await x",
    "import os",
    "__import__('os')",
    "count(yield)",
    "x if y else z",
    "print(1)",
    "count(lane > 1 and\n  lnae < 3 or\n  event_type == 'jamm')",
    "100 * count(read_ok) /\n  mean(reject_rate)",
    "count(note == 'ä' and lnae > 1)",
    "mean(transit_ms) + mean(wait_s)",
    "count(event_type == 'a' or event_type == 'b')",
    "nope1 + nope2(lane) + mean(nope3)",
    "count(event_type == sorted)",
    "sum lane",
    "count(event_type in 'sorted', 'jam')",
    "count(*)",
    "sum(lane) / 1,000",
    "sum(lane, lane > 1)",
    "mean(lane) > 500",
    "last(note)",
    "throughput per hour",
    "sum(lane) where lane > 1",
    "SELECT count(*) FROM x",
    "count(machine-id == 'a')",
    "count(lane == 1 or 2)",
    "count(event_type == 'Sorted')",
    "mean(transit_ms) ms",
    "count(lane > 1 then 2)",
]


def shown(text: str) -> str:
    """A formula with its diagnostics, the place of each under its line."""
    lines = [f"# {text!r}"]
    source = text.split("\n")
    for one in diagnosed(text, *OTHERS):
        line, offset = source[one.at.line - 5], one.at.column - COLUMN
        carets = "^" * (one.at.end_column - one.at.column)
        lines += [f"{one.severity} {one.code}: {one.message}", f"    {line}", f"    {' ' * offset}{carets}"]
        lines += [f"    hint: {one.hint}"] * bool(one.hint)
    return "\n".join(lines)


def test_golden(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN, "\n\n".join(shown(text) for text in FORMULAS) + "\n")


def test_every_wrong_formula_has_a_message_and_a_cure() -> None:
    for text in FORMULAS:
        found = diagnosed(text, *OTHERS)
        assert found, text
        for one in found:
            assert one.hint, (text, one)
            assert one.at.end_column > one.at.column, (text, one)
            assert "\n" not in one.message + one.hint


def test_all_independent_errors_at_once() -> None:
    assert codes("lane + nope(1) + mean(zzz) + sum(lane, whree=read_ok)") == [
        "field-outside-aggregate",
        "unknown-function",
        "unknown-name",
        "wrong-arguments",
    ]
    assert codes("count(lnae > 1)", where="event_type == 'x'") == ["not-one-of", "unknown-name"]


def test_where_has_a_place_of_its_own() -> None:
    (found,) = diagnosed("count()", where="lane")
    assert (found.at.line, found.code) == (4, "formula/wrong-type")
    assert codes("count()", where="") == ["empty"]
    assert codes("count()", where="count() > 1") == ["nested-aggregate"]


def test_what_leans_on_a_wrong_kpi_is_left_out_without_a_word() -> None:
    kpis = [kpi("a", "b + 1"), kpi("b", "count(lnae > 1)"), kpi("c", "count()")]
    found, diagnostics = compile_formulas(definitions(*kpis))
    assert list(found) == ["c"]
    assert [one.code for one in diagnostics] == ["formula/unknown-name"]


def circles(*texts: str) -> list[Diagnostic]:
    names = "abcdefgh"
    kpis = [kpi(name, text) for name, text in zip(names, texts, strict=False)]
    return [one for one in compile_formulas(definitions(*kpis))[1] if one.code == "formula/cycle"]


def test_circles_are_named_once() -> None:
    (found,) = circles("count() + b", "2 * c", "1 + a", "count()")
    assert found.message == "KPIs refer to one another in a circle: a -> b -> c -> a"
    assert (found.at.line, found.at.column) == (5, COLUMN + 4)
    assert len(circles("a")) == 1
    assert len(circles("b", "a", "d", "c")) == 2
    assert circles("b + c", "d", "d", "count()") == []
    assert circles("mean(a)") == []


def test_long_chains_and_wide_webs_are_bounded() -> None:
    chain = [kpi(f"k{n}", f"k{n + 1} + 1") for n in range(3000)]
    found, diagnostics = compile_formulas(definitions(*chain, kpi("k3000", "count()")))
    assert 20 < len(found) < 70
    assert {one.code for one in diagnostics} == {"formula/too-deep"}
    web = [kpi(f"w{n}", f"w{n + 1} + w{n + 1}") for n in range(60)]
    found, diagnostics = compile_formulas(definitions(*web, kpi("w60", "count()")))
    assert {one.code for one in diagnostics} == {"formula/too-deep"}


def test_hidden_and_long() -> None:
    assert codes("count(\x00)") == ["syntax"]
    assert codes("count(note == '\ud800')") == ["syntax"]
    assert codes("   ") == ["empty"]
    assert codes("count()" + " + 1" * 600) == ["too-long"]
    assert codes("(" * 60 + "count()" + ")" * 60) == ["too-deep"]
    assert codes("not " * 60 + "read_ok") == ["too-deep"]
    assert codes("count()" + " + 1" * 60) == ["too-deep"]
    assert codes("count()" + " + 1" * 40) == []
