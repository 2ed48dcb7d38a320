"""The generated pages are up to date, and what they show works."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from framework.definitions.codes import CODES
from framework.definitions.convert import convert
from framework.definitions.kinds import KINDS
from framework.definitions.nodes import compose
from framework.definitions.reference import pages
from framework.definitions.schema import combined
from framework.definitions.text import Source
from framework.definitions.validate import validate
from tests.definitions.made import WITH_RULE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(pages()))
def test_pages_are_up_to_date(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "reference" / name, pages()[name])


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.example], ids=lambda kind: kind.name
)
def test_examples_fit(kind: object) -> None:
    found = KINDS[getattr(kind, "name", "")]
    source = Source("example.yaml", found.example)
    root, problems = compose(source)
    assert root is not None
    assert not problems
    assert not validate(found, convert(source, root, found.body))


def test_schemas_are_schemas() -> None:
    schema = combined(KINDS.values())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for kind in KINDS.values():
        jsonschema.Draft7Validator.check_schema(kind.schema())
        source = Source("good.yaml", WITH_RULE[f"{kind.name}.yaml"])
        root, _ = compose(source)
        assert root is not None
        assert not list(validator.iter_errors(convert(source, root, kind.body).value))
    assert list(validator.iter_errors({"kpi": "x"}))
    missing = [one.message for one in validator.iter_errors({"rule": "x", "kpi": "y"})]
    assert missing == ["'level' is a required property", "'detect' is a required property"]


def test_every_code_is_in_the_table() -> None:
    rooms = "|".join(["folder", "file", "yaml", "kind", "key", "value", *KINDS])
    used = set()
    for path in (ROOT / "framework" / "definitions").rglob("*.py"):
        if path.name != "codes.py":
            used |= set(re.findall(rf'"((?:{rooms})/[a-z0-9-]+)"', path.read_text(encoding="utf-8")))
    made = {f"{kind}/{code}" for kind in KINDS for code in ("wrong-type", "bad-value", "too-few", "too-many")}
    made |= {f"{kind}/duplicate-name" for kind in ("kpi", "calendar", "rule", "simulation")}
    made |= {"kpi/too-long", "pipeline/too-long"}
    known = {code for code in CODES if not code.startswith("formula/")}
    assert used | made == known


def test_every_code_of_formulas_is_in_the_table() -> None:
    used = set()
    for path in (ROOT / "framework" / "expressions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("add", "at", "bad"):
                texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                codes = [
                    one for one in texts if isinstance(one, str) and re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", one)
                ]
                used |= {f"formula/{code}" for code in codes[:1]}
    assert used <= CODES.keys()
