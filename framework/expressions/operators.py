"""How types and units go through operators: the part that both levels of a formula share."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

from framework.definitions.diagnostics import Severity
from framework.expressions.functions import FUNCTIONS, Function
from framework.expressions.nodes import Binary, Call, Choose, Compare, Field, Literal, Logic, Member, Unary
from framework.expressions.problems import Problems, nearest
from framework.expressions.scope import Scope
from framework.expressions.typed import WORDS, Type, Typed
from framework.expressions.units import NUMBER, Unit

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**"}
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_FORBIDDEN = {
    ast.Attribute: "a dot has no place here",
    ast.Subscript: "square brackets have no place here",
    ast.Lambda: "lambda has no place in a formula",
    ast.JoinedStr: "f-strings have no place in a formula",
    ast.NamedExpr: "':=' has no place in a formula",
    ast.Starred: "'*' in front of a value has no place here",
    ast.Dict: "a dictionary has no place in a formula",
    ast.List: "a list only goes with 'in'",
    ast.Tuple: "a comma makes this several values",
    ast.Set: "a set has no place in a formula",
}


class Operators(ABC):
    """Compiles operators and functions; the levels add names and aggregates."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self.scope = scope
        self.problems = problems

    @abstractmethod
    def name(self, node: ast.Name) -> Typed | None:
        """What a name stands for; None when a problem was added."""

    @abstractmethod
    def call(self, node: ast.Call, name: str) -> Typed | None:
        """A call that is no plain function."""

    level = "events"

    def visit(self, node: ast.expr) -> Typed | None:
        """The compiled node; None when a problem was added."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self.name(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp():
                return self._choose(node)
            case ast.Call():
                return self._call(node)
        return self.bad(node, "not-allowed", _FORBIDDEN.get(type(node), "this has no place in a formula"),
                        "a formula has numbers, names, + - * / and or not in, x if c else y, and functions")

    def bad(self, node: ast.AST, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Add a problem."""
        self.problems.add(node, code, message, hint, severity)

    def expect(self, node: ast.expr, typed: Typed | None, wanted: Type) -> bool:
        """Whether a compiled node has the type wanted; adds a problem when it has another."""
        if typed is None:
            return False
        if typed.type == wanted:
            return True
        hints = {"bool": "compare it with something, as in x > 3", "number": "", "text": "put text in quotes"}
        self.bad(node, "wrong-type", f"{WORDS[wanted]} is wanted here, this is {WORDS[typed.type]}", hints[wanted])
        return False

    def _constant(self, node: ast.Constant) -> Typed | None:
        value = node.value
        if isinstance(value, bool):
            return Typed(Literal(value), "bool", constant=True)
        if isinstance(value, int | float):
            if isinstance(value, int) and abs(value) >= 2**63 or abs(value) > 1e300:
                return self.bad(node, "too-big", "this number is too big", "use a smaller one")
            return Typed(Literal(value), "number", NUMBER, constant=True)
        if isinstance(value, str):
            return Typed(Literal(value), "text", constant=True)
        return self.bad(node, "not-allowed", f"{value!r} has no place in a formula", "for 'is it there', write missing(x)")

    def _unary(self, node: ast.UnaryOp) -> Typed | None:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return Typed(Unary("not", operand.node), "bool") if operand and self.expect(node.operand, operand, "bool") else None
        if isinstance(node.op, ast.Invert):
            return self.bad(node, "not-allowed", "'~' is not an operator here", "write 'not'")
        if not operand or not self.expect(node.operand, operand, "number"):
            return None
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(operand.node, Literal) and isinstance(operand.node.value, int | float):
            return Typed(Literal(-operand.node.value), "number", operand.unit, operand.constant)
        return Typed(Unary("-", operand.node), "number", operand.unit, operand.constant)

    def _binary(self, node: ast.BinOp) -> Typed | None:
        operator = _BINARY.get(type(node.op))
        if operator is None:
            names = {ast.BitAnd: ("&", "write 'and'"), ast.BitOr: ("|", "write 'or'"), ast.BitXor: ("^", "for a power, write **")}
            sign, cure = names.get(type(node.op), ("this", "use + - * / // % **"))
            self.bad(node, "not-allowed", f"'{sign}' is not an operator here", cure)
            return None
        left, right = self.visit(node.left), self.visit(node.right)
        if not self.expect(node.left, left, "number") or not self.expect(node.right, right, "number"):
            return None
        assert left is not None and right is not None
        constant = left.constant and right.constant
        if operator == "**" and not (isinstance(right.node, Literal) and abs(float(right.node.value)) <= 10):
            return self.bad(node.right, "not-allowed", "a power must be a number from -10 to 10")
        unit = self._unit(node, operator, left, right)
        return Typed(Binary(operator, left.node, right.node), "number", unit, constant)

    def _unit(self, node: ast.BinOp, operator: str, left: Typed, right: Typed) -> Unit | None:
        if operator in ("+", "-", "%"):
            return self.agreed(node, left, right)
        if left.unit is None or right.unit is None:
            return None
        if operator == "**":
            return left.unit if not left.unit.powers else None
        return left.unit * right.unit if operator == "*" else left.unit / right.unit

    def agreed(self, node: ast.AST, left: Typed, right: Typed) -> Unit | None:
        """The unit of two values that are added or compared; a problem when they differ."""
        if left.constant or right.constant:
            return right.unit if left.constant else left.unit
        if left.unit is None or right.unit is None:
            return left.unit or right.unit
        if not left.unit.same(right.unit):
            self.bad(node, "unit-mismatch", f"{left.unit.shown()} and {right.unit.shown()} do not go together",
                     "convert one of them: multiply or divide by the factor between them")
        return left.unit

    def _logic(self, node: ast.BoolOp) -> Typed | None:
        operands = [(one, self.visit(one)) for one in node.values]
        good = [self.expect(one, typed, "bool") for one, typed in operands]
        if not all(good):
            return None
        operator = "and" if isinstance(node.op, ast.And) else "or"
        return Typed(Logic(operator, tuple(typed.node for _, typed in operands if typed)), "bool")

    def _comparison(self, node: ast.Compare) -> Typed | None:
        sides = [node.left, *node.comparators]
        parts = [self._pair(node, a, op, b) for a, op, b in zip(sides, node.ops, sides[1:], strict=False)]
        if any(part is None for part in parts):
            return None
        nodes = tuple(part.node for part in parts if part)
        return Typed(nodes[0] if len(nodes) == 1 else Logic("and", nodes), "bool")

    def _pair(self, node: ast.Compare, a: ast.expr, op: ast.cmpop, b: ast.expr) -> Typed | None:
        if isinstance(op, ast.In | ast.NotIn):
            return self._member(a, b, isinstance(op, ast.NotIn))
        if isinstance(op, ast.Is | ast.IsNot):
            return self.bad(node, "not-allowed", "'is' does not compare", "write '==', or missing(x)")
        left, right = self.visit(a), self.visit(b)
        if left is None or right is None:
            return None
        if left.type != right.type:
            return self.bad(node, "wrong-type", f"{WORDS[left.type]} can't be compared with {WORDS[right.type]}")
        operator = _COMPARE[type(op)]
        if left.type == "bool" and operator not in ("==", "!="):
            return self.bad(node, "wrong-type", "true and false have no order", "use == or !=")
        if left.type == "number":
            self.agreed(node, left, right)
        self._allowed(b, left, right)
        self._allowed(a, right, left)
        return Typed(Compare(operator, left.node, right.node), "bool")

    def _allowed(self, place: ast.expr, field: Typed, literal: Typed) -> None:
        if not isinstance(field.node, Field) or not isinstance(literal.node, Literal):
            return
        declared = self.scope.fields.get(field.node.name)
        if declared and declared.one_of and literal.node.value not in declared.one_of:
            self.bad(place, "not-one-of", f"{field.node.name} is never {literal.node.value!r}",
                     nearest(str(literal.node.value), declared.one_of))

    def _member(self, a: ast.expr, b: ast.expr, negated: bool) -> Typed | None:
        operand = self.visit(a)
        if not isinstance(b, ast.List | ast.Tuple | ast.Set) or not b.elts:
            return self.bad(b, "wrong-type", "'in' takes a list of values", 'as in: x in ["a", "b"]')
        values = [(place, self.visit(place)) for place in b.elts]
        if operand is None or any(value is None for _, value in values):
            return None
        for place, value in values:
            assert value is not None
            if not isinstance(value.node, Literal) or value.type != operand.type:
                return self.bad(place, "wrong-type", f"the list should hold {WORDS[operand.type]} constants")
            self._allowed(place, operand, value)
        listed = tuple(value.node.value for _, value in values if value and isinstance(value.node, Literal))
        member = Member(operand.node, listed)
        return Typed(Unary("not", member) if negated else member, "bool")

    def _choose(self, node: ast.IfExp) -> Typed | None:
        condition, then, otherwise = (self.visit(one) for one in (node.test, node.body, node.orelse))
        if not self.expect(node.test, condition, "bool") or then is None or otherwise is None:
            return None
        if then.type != otherwise.type:
            return self.bad(node, "wrong-type", f"one way gives {WORDS[then.type]}, the other {WORDS[otherwise.type]}")
        assert condition is not None
        unit = self.agreed(node, then, otherwise) if then.type == "number" else None
        return Typed(Choose(condition.node, then.node, otherwise.node), then.type, unit, then.constant and otherwise.constant)

    def _call(self, node: ast.Call) -> Typed | None:
        if not isinstance(node.func, ast.Name):
            return self.bad(node.func, "not-allowed", "only functions can be called", "see the table of functions")
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            return self.call(node, name)
        if function.events_only and self.level != "events":
            return self.bad(node, "not-allowed", f"{name}() is for events", "use it inside an aggregate, as in count(missing(x))")
        return self._function(node, function)

    def _function(self, node: ast.Call, function: Function) -> Typed | None:
        least, most = len(function.takes), function.most or len(function.takes)
        if node.keywords or not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} or more"
            return self.bad(node, "wrong-arguments", f"{function.name}() takes {wanted} argument(s), without names")
        arguments = [self.visit(one) for one in node.args]
        if any(one is None for one in arguments):
            return None
        typed = [one for one in arguments if one]
        for place, (argument, one) in enumerate(zip(node.args, typed, strict=True)):
            kind = function.takes[min(place, least - 1)]
            if kind == "any":
                kind = typed[0].type
            if not self.expect(argument, one, kind):
                return None
        unit = typed[0].unit
        for one in typed[1:]:
            if function.unit == "same" and typed[0].type == "number":
                unit = self.agreed(node, Typed(typed[0].node, "number", unit, typed[0].constant), one)
        gives: Type = typed[0].type if function.gives == "any" else function.gives
        shown = {"same": unit, "none": NUMBER, "any": None}[function.unit]
        return Typed(Call(function.name, tuple(one.node for one in typed)), gives, shown, all(one.constant for one in typed))
