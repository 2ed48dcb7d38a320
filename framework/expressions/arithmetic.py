"""Constants, arithmetic and choices: how types and units go through them."""

from __future__ import annotations

import ast

from framework.expressions.level import Level
from framework.expressions.nodes import Binary, Choose, Literal, Node, Unary
from framework.expressions.typed import Typed
from framework.expressions.types import WORDS, Type
from framework.expressions.units import NUMBER, Unit

_OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_OTHERS = {
    ast.BitAnd: ("&", "write 'and', with brackets around what it joins"),
    ast.BitOr: ("|", "write 'or', with brackets around what it joins"),
    ast.BitXor: ("^", "for a power, write **"),
    ast.LShift: ("<<", "write < or *"),
    ast.RShift: (">>", "write > or /"),
    ast.MatMult: ("@", "write *"),
}
_GREATEST_POWER = 10


class Arithmetic(Level):
    """Compiles what makes numbers of numbers."""

    def constant(self, node: ast.Constant) -> Typed | None:
        """A literal."""
        value = node.value
        if isinstance(value, bool):
            return Typed(Literal(value, "bool"), "bool", constant=True)
        if isinstance(value, str):
            if any("\ud800" <= character <= "\udfff" for character in value):
                return self.bad(node, "not-allowed", "this text has half a character", "write the whole one")
            return Typed(Literal(value, "text"), "text", constant=True)
        if isinstance(value, int | float):
            if abs(value) >= 2**63 and (isinstance(value, int) or value > 1e300):
                return self.bad(node, "too-big", "this number is too big", "use a smaller one")
            return Typed(Literal.number(value), "number", NUMBER, constant=True, amount=float(value))
        shown = "None" if value is None else type(value).__name__ if value is not ... else "..."
        return self.bad(
            node, "not-allowed", f"{shown} has no place in a formula", "for 'is it there', write missing(x)"
        )

    def unary(self, node: ast.UnaryOp) -> Typed | None:
        """`-x`, `+x`, `not x`."""
        if isinstance(node.op, ast.Invert):
            return self.bad(node, "not-allowed", "'~' is not an operator here", "write 'not'")
        operand = self.visit(node.operand)
        wanted: Type = "bool" if isinstance(node.op, ast.Not) else "number"
        if operand is None or not self.expect(node.operand, operand, wanted):
            return None
        if isinstance(node.op, ast.Not):
            return Typed(Unary("not", operand.node), "bool", constant=operand.constant)
        if isinstance(node.op, ast.UAdd):
            return operand
        amount = None if operand.amount is None else -operand.amount
        match operand.node:
            case Literal(int() | float() as value):
                negative: Node = Literal.number(-value)
            case other:
                negative = Unary("-", other)
        return Typed(negative, "number", operand.unit, operand.constant, amount)

    def binary(self, node: ast.BinOp) -> Typed | None:
        """`a + b` and its like."""
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            sign, cure = _OTHERS[type(node.op)]
            return self.bad(node, "not-allowed", f"'{sign}' is not an operator here", cure)
        left, right = self.visit(node.left), self.visit(node.right)
        # Both sides, so that both have their problems told.
        good = [self.expect(node.left, left, "number"), self.expect(node.right, right, "number")]
        if left is None or right is None or not all(good):
            return None
        if operator == "**" and not (
            isinstance(right.node, Literal) and abs(float(right.node.value)) <= _GREATEST_POWER
        ):
            message = f"a power must be a number from -{_GREATEST_POWER} to {_GREATEST_POWER}"
            return self.bad(node.right, "not-allowed", message, "write the number itself, as in x ** 2")
        unit = self._unit(node, operator, left, right)
        constant = left.constant and right.constant
        amount = _amount(operator, left.amount, right.amount) if constant else None
        return Typed(Binary(operator, left.node, right.node), "number", unit, constant, amount)

    def choose(self, node: ast.IfExp) -> Typed | None:
        """`x if condition else y`."""
        condition, then, otherwise = (self.visit(one) for one in (node.test, node.body, node.orelse))
        good = self.expect(node.test, condition, "bool")
        if condition is None or then is None or otherwise is None or not good:
            return None
        if then.type != otherwise.type:
            message = f"one way gives {WORDS[then.type]}, the other {WORDS[otherwise.type]}"
            return self.bad(node, "wrong-type", message, "let both give the same kind of value")
        unit = self.agreed(node, then, otherwise) if then.type == "number" else None
        constant = then.constant and otherwise.constant
        return Typed(Choose(condition.node, then.node, otherwise.node), then.type, unit, constant)

    def _unit(self, node: ast.BinOp, operator: str, left: Typed, right: Typed) -> Unit | None:
        if operator in ("+", "-", "%"):
            return self.agreed(node, left, right)
        if left.unit is None or right.unit is None:
            return None
        if operator == "**":
            return _power(left.unit, right.amount)
        if operator == "*":
            scaled = left.amount if left.constant else right.amount
            return (left.unit * right.unit).scaled(scaled if left.constant != right.constant else None)
        scaled = 1 / right.amount if right.constant and right.amount else None
        return (left.unit / right.unit).scaled(scaled if not left.constant else left.amount)


def _power(unit: Unit, exponent: float | None) -> Unit | None:
    if exponent is None:
        return None
    if exponent == 0.5:
        return unit.root()
    if not exponent.is_integer():
        return None if unit.powers else NUMBER
    return unit ** int(exponent)


def _amount(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (operator == "/" and not right):
        return None
    found = {"+": left + right, "-": left - right, "*": left * right}.get(operator)
    if operator == "/":
        found = left / right
    return found if found is not None and 1e-100 < abs(found) < 1e100 else None
