"""The executors by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from runners.driver import Executor


@dataclass(frozen=True)
class SparkWishes:
    """What a run asks of Spark: its master, other settings, and how many parts the state has."""

    master: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    partitions: int | None = None


def open_executor(name: str, spark: SparkWishes | None = None) -> Executor:
    """The executor of a runner, `local` or `spark`. Raises `TickFailed` when it can't be had."""
    if name == "local":
        from runners.local import LocalExecutor

        return LocalExecutor()
    from runners.spark import SparkExecutor

    wishes = spark or SparkWishes()
    return SparkExecutor(wishes.master, wishes.settings, wishes.partitions)
