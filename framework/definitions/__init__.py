"""Definitions: YAML text to a checked, frozen model."""

from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.load import load
from framework.definitions.model import Definitions
from framework.definitions.render import render

__all__ = ["Definitions", "Diagnostic", "Span", "load", "render"]
