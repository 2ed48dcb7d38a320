"""Executes a tick's pipeline on Spark."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.options.pipeline_options import DebugOptions, PipelineOptions
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.transforms.environments import ProcessEnvironment

from framework.pipeline.build import build
from framework.pipeline.tick import Tick
from runners.causes import last_cause, plain_cause
from runners.driver import TickFailed, WorkersLost
from runners.spark.session import Session


class SparkExecutor:
    """One Spark application, whose executors run the ticks one after another.

    `partitions` of the state: as many as tasks can run at once when none are given. Raises `TickFailed`.
    """

    name = "spark"

    def __init__(
        self, master: str | None = None, settings: dict[str, str] | None = None, partitions: int | None = None
    ) -> None:
        self._session = Session(master, settings)
        self.partitions = partitions or max(2, min(self._session.parallelism, 64))

    def execute(self, tick: Tick) -> None:
        """Run the tick to its end. Raises `TickFailed`, or `WorkersLost` where it should be asked again."""
        proto = _pipeline(tick, self._session.worker)
        try:
            self._session.run(proto)
        except Exception as error:
            cause = plain_cause(error)
            if cause is not None:
                raise TickFailed(cause) from None
            if not self._session.alive:
                raise TickFailed(
                    f"Spark's application ended: {last_cause(error)}. Nothing is lost: run the same again"
                ) from None
            # A worker that died stays dead for its job: the next attempt has workers of its own.
            self._session.renew()
            raise WorkersLost(last_cause(error)) from None

    def close(self) -> None:
        """End the application."""
        self._session.stop()


def _pipeline(tick: Tick, worker: str) -> bytes:
    pipeline = beam.Pipeline(runner=PortableRunner(), options=PipelineOptions([]))
    build(pipeline, tick)
    environment = ProcessEnvironment(worker)
    proto = pipeline.to_runner_api(default_environment=environment)
    options = PipelineOptions([])
    options.view_as(DebugOptions).add_experiment("beam_fn_api")
    return bytes(PortableRunner._optimize_pipeline(proto, options).SerializeToString())
