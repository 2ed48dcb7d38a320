"""The types of values in formulas."""

from __future__ import annotations

from typing import Literal

Type = Literal["number", "bool", "text"]
OF_FIELDS: dict[str, Type] = {"string": "text", "int": "number", "float": "number", "bool": "bool"}
WORDS = {"number": "a number", "bool": "a condition", "text": "text", "any": "a value"}


def type_of_scalar(value: str | float | bool) -> Type:
    """The type of a constant."""
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"
