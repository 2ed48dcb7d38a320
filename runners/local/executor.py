"""Executes a tick's pipeline with Beam's FnApiRunner, in this process."""

from __future__ import annotations

import logging
import re

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from framework.pipeline.build import build
from framework.pipeline.carried import carry_by_reference
from framework.pipeline.tick import Tick
from runners.driver import TickFailed

_CAUSE = re.compile(r"(?:SinkUnavailable|SourceError): (.+?)(?: \[while running [^\n]*)?$", re.MULTILINE)


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
            found = _CAUSE.findall(str(error))
            if found:
                raise TickFailed(found[-1].replace("\\n", " ")) from None
            raise
        finally:
            carry_by_reference(False)
