"""The executors by name."""

from __future__ import annotations

from runners.driver import Executor, TickFailed


def open_executor(name: str) -> Executor:
    """The executor of a runner. Raises `TickFailed` for one that this version does not have."""
    if name == "local":
        from runners.local import LocalExecutor

        return LocalExecutor()
    raise TickFailed(f"runner '{name}' is not in this version: use --runner local")
