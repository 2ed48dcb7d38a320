"""The whitelist: which pieces of Python's syntax a formula may have."""

from __future__ import annotations

import ast
from abc import abstractmethod

from framework.expressions.arithmetic import Arithmetic
from framework.expressions.calls import Calls
from framework.expressions.comparisons import Comparisons
from framework.expressions.functions import FUNCTIONS, INSTEAD, NAMES
from framework.expressions.typed import Typed

_MESSAGES = {
    ast.Attribute: ("a dot has no place in a formula", "a nested field is declared under a name of its own"),
    ast.Subscript: ("square brackets behind a value have no place in a formula", ""),
    ast.Lambda: ("lambda has no place in a formula", ""),
    ast.JoinedStr: ("f-strings have no place in a formula", "write the text without f"),
    ast.NamedExpr: ("':=' has no place in a formula", "to compare, write '=='"),
    ast.Starred: ("'*' in front of a value has no place here", "it stands between two numbers"),
    ast.Dict: ("a dictionary has no place in a formula", ""),
    ast.Set: ("curly brackets have no place in a formula", 'a list is written: x in ["a", "b"]'),
    ast.List: ("a list only goes with 'in'", 'as in: x in ["a", "b"]'),
    ast.Tuple: ("a comma makes this several values", "a number has none: write 0.5, or 1000"),
    ast.ListComp: ("'for' has no place in a formula", "aggregates already go over all events"),
    ast.SetComp: ("'for' has no place in a formula", "aggregates already go over all events"),
    ast.DictComp: ("'for' has no place in a formula", "aggregates already go over all events"),
    ast.GeneratorExp: ("'for' has no place in a formula", "aggregates already go over all events"),
}
_HAS = "a formula has numbers, + - * / ** % and or not in, x if c else y, and functions"


class Operators(Arithmetic, Comparisons, Calls):
    """Compiles what both levels share; they add names and aggregates."""

    @abstractmethod
    def name(self, node: ast.Name) -> Typed | None:
        """What a name stands for; None when a problem was added."""

    @abstractmethod
    def call(self, node: ast.Call, name: str) -> Typed | None:
        """A call that is no plain function."""

    def visit(self, node: ast.expr) -> Typed | None:
        """The compiled node; None when a problem was added."""
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.UnaryOp():
                return self.unary(node)
            case ast.BinOp():
                return self.binary(node)
            case ast.BoolOp():
                return self.logic(node)
            case ast.Compare():
                return self.comparison(node)
            case ast.IfExp():
                return self.choose(node)
            case ast.Call(func=ast.Name(id=name)):
                plain = FUNCTIONS.get(name)
                return self.function(node, plain) if plain else self.call(node, name)
            case ast.Call(func=function) if not isinstance(function, ast.Attribute):
                return self.bad(
                    function, "not-allowed", "only functions can be called", "is an operator missing?"
                )
            case ast.Call(func=function):
                node = function
        message, hint = _MESSAGES.get(type(node), ("this has no place in a formula", _HAS))
        return self.bad(node, "not-allowed", message, hint or _HAS)

    def unknown_name(self, node: ast.Name, message: str, hint: str) -> Typed | None:
        """A name that stands for nothing."""
        name = node.id
        if name.lower() in ("true", "false"):
            hint = f"write {name.title()}"
        elif name.lower() in ("null", "none", "nan", "missing"):
            hint = "for 'is it there', write missing(x)"
        elif name in NAMES:
            hint = f"a function is called with brackets: {name}(...)"
        elif texts := [field.name for field in self.scope.fields.values() if name in field.one_of]:
            hint = f'text is written in quotes: {texts[0]} == "{name}"'
        elif name.lower() in INSTEAD and "did you mean" not in hint:
            hint = INSTEAD[name.lower()]
        return self.bad(node, "unknown-name", message, hint)
