"""Formulas: text to a typed tree to columns."""

from framework.expressions.columns import to_column
from framework.expressions.compile import compile_formulas
from framework.expressions.measure import CompiledKpi, Measure
from framework.expressions.nodes import Node
from framework.expressions.ratio import factor_of
from framework.expressions.unparse import unparse

__all__ = ["CompiledKpi", "Measure", "Node", "compile_formulas", "factor_of", "to_column", "unparse"]
