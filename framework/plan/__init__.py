"""The model compiled to a plan: what every tick does, pure and printable."""

from framework.plan.compile import compile_plan
from framework.plan.explain import explain
from framework.plan.nodes import Group, Output, Plan

__all__ = ["Group", "Output", "Plan", "compile_plan", "explain"]
