"""The nodes of a plan, one a file."""

from framework.plan.nodes.group import Group
from framework.plan.nodes.output import Output
from framework.plan.nodes.plan import Plan

__all__ = ["Group", "Output", "Plan"]
