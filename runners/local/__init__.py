"""Ticks in this process, on Beam's own in-memory runner."""

from runners.local.executor import LocalExecutor

__all__ = ["LocalExecutor"]
