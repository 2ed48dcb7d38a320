"""Executes a tick's pipeline with Beam's FnApiRunner, in this process."""

from __future__ import annotations

import logging

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from framework.pipeline.build import build
from framework.pipeline.carried import carry_by_reference
from framework.pipeline.tick import Tick
from runners.causes import plain_cause
from runners.driver import TickFailed


class LocalExecutor:
    """One worker, in this process. The runner is named: the default one may want to download another."""

    name = "local"
    partitions = 1

    def execute(self, tick: Tick) -> None:
        """Run the tick to its end. Raises `TickFailed` with a plain cause."""
        logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
        pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
        build(pipeline, tick)
        carry_by_reference(True)
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:
            cause = plain_cause(error)
            if cause is None:
                raise
            raise TickFailed(cause) from None
        finally:
            carry_by_reference(False)

    def close(self) -> None:
        """Nothing is left open."""
