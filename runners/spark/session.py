"""The one Spark application of a run: its context, and Beam's runner in the same JVM."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

from runners.driver import TickFailed
from runners.spark.jar import runner_jar
from runners.spark.java import java_home

LOG = Path(__file__).with_name("log4j2.properties")
WORKER = "spark.sortline.worker"
WORKERS = "spark.sortline.workers"
_JOB = "sortline"
# A job's name is also its workers': after so many ticks they are replaced, as they keep what they were sent.
_TICKS_A_JOB = 500
_KEEP_WORKERS = 120_000  # milliseconds without a tick, after which they end
_SETTINGS = {
    "spark.app.name": "sortline",
    "spark.ui.enabled": "false",
    "spark.scheduler.mode": "FIFO",
    # A task runs where an executor is free at once: its data is small, and waiting costs seconds.
    "spark.locality.wait": "0s",
    "spark.speculation": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.cleaner.periodicGC.interval": "5min",
    # Executors read each other's cached blocks, and Java's own way can't write what Beam keeps in them. A
    # block that could not be sent stays locked: it is never removed, and the run's end waits two minutes.
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.kryo.registrator": "org.apache.beam.runners.spark.coders.SparkRunnerKryoRegistrator",
    "spark.kryoserializer.buffer.max": "1g",
}


class Session:
    """Starts Spark, or joins the application that `spark-submit` has started.

    `master` is Spark's own notation, `settings` what else it is to be told. Raises `TickFailed`.
    """

    def __init__(self, master: str | None = None, settings: dict[str, str] | None = None) -> None:
        try:
            from pyspark import SparkConf, SparkContext
        except ImportError:
            raise TickFailed(
                "pyspark is not installed: run `uv sync`, or `pip install 'pyspark<3.6'`"
            ) from None
        submitted = "PYSPARK_GATEWAY_PORT" in os.environ
        if submitted:
            SparkContext._ensure_initialized()  # else the conf would not know what `spark-submit` was told
        else:
            _prepare(settings or {})
        conf = SparkConf()
        for name, value in {**_SETTINGS, **(settings or {})}.items():
            conf.setIfMissing(name, value)
        if master:
            conf.setMaster(master)
        conf.setIfMissing("spark.master", "local[*]")
        self.context = _started(lambda: SparkContext(conf=conf))
        self._jvm: Any = self.context._jvm
        self._ticks = self._job = 0

    @property
    def parallelism(self) -> int:
        """How many tasks run at once, as far as is known."""
        conf = self.context.getConf()
        executors = conf.get("spark.executor.instances")
        if executors:
            return int(executors) * int(conf.get("spark.executor.cores") or 1)
        return int(self.context.defaultParallelism)

    @property
    def worker(self) -> str:
        """The command that starts a Python worker, as an executor sees it."""
        return self.context.getConf().get(WORKER) or _own_worker()

    def run(self, proto: bytes) -> None:
        """Run a pipeline to its end. Raises py4j's own error when it fails."""
        jvm = self._jvm
        if self._ticks >= _TICKS_A_JOB:
            self.renew()
        self._ticks += 1
        name = f"{_JOB}-{self._job}"
        options = self._options(name)
        pipeline = jvm.org.apache.beam.model.pipeline.v1.RunnerApi.Pipeline.parseFrom(proto)
        struct = jvm.org.apache.beam.sdk.util.construction.PipelineOptionsTranslation.toProto(options)
        info = jvm.org.apache.beam.runners.fnexecution.provisioning.JobInfo.create(name, name, "", struct)
        runner = jvm.org.apache.beam.runners.spark.SparkPipelineRunner(
            self._as(options, "org.apache.beam.runners.spark.SparkPipelineOptions")
        )
        try:
            runner.run(pipeline, info)
        finally:
            if self.alive:
                self._forget()

    @property
    def alive(self) -> bool:
        """Whether the application is there, and can run a pipeline."""
        try:
            return not self.context._jsc.sc().isStopped()
        except Exception:  # py4j has many for a JVM that is gone
            return False

    @property
    def _workers(self) -> int:
        """Python workers of an executor: one for each of its cores, as one can't use two at once."""
        conf = self.context.getConf()
        cores = conf.get("spark.executor.cores") or "1"
        if self.context.master.startswith("local"):
            cores = str(self.context.defaultParallelism)
        return int(conf.get(WORKERS) or cores)

    def renew(self) -> None:
        """Have the next pipeline run by new workers."""
        self._job += 1
        self._ticks = 0

    def stop(self) -> None:
        """End the application."""
        with contextlib.suppress(Exception):
            self.context.stop()

    def _options(self, name: str) -> Any:
        jvm = self._jvm
        options = jvm.org.apache.beam.sdk.options.PipelineOptionsFactory.create()
        spark = self._as(options, "org.apache.beam.runners.spark.SparkContextOptions")
        spark.setRunner(self._class("org.apache.beam.runners.spark.SparkRunner"))
        spark.setUsesProvidedSparkContext(True)
        spark.setProvidedSparkContext(self.context._jsc)
        spark.setStorageLevel("MEMORY_ONLY")
        spark.setJobName(name)
        portable = self._as(options, "org.apache.beam.sdk.options.PortablePipelineOptions")
        portable.setEnvironmentCacheMillis(_KEEP_WORKERS)
        portable.setSdkWorkerParallelism(self._workers)
        return options

    def _forget(self) -> None:
        """The runner keeps what a tick computed, and forgets that it did."""
        kept = self.context._jsc.getPersistentRDDs()
        for rdd in list(kept.values()):
            rdd.unpersist(False)

    def _as(self, options: Any, name: str) -> Any:
        return getattr(options, "as")(self._class(name))

    def _class(self, name: str) -> Any:
        loader = self._jvm.Thread.currentThread().getContextClassLoader()
        return self._jvm.java.lang.Class.forName(name, True, loader)


def _prepare(settings: dict[str, str]) -> None:
    """What the JVM must be told before it starts."""
    jar = str(runner_jar())
    os.environ["JAVA_HOME"] = str(java_home())
    given = {
        "spark.jars": jar,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={LOG.as_uri()}",
        **{name: value for name, value in settings.items() if name.startswith("spark.driver.")},
    }
    words = [word for name, value in given.items() for word in ("--conf", f"'{name}={value}'")]
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*words, "pyspark-shell"])


def _own_worker() -> str:
    import sys

    return str(Path(sys.executable).with_name("sortline-worker"))


def _started(start: Any) -> Any:
    try:
        return start()
    except Exception as error:
        said = str(error)
        cause = re.search(r"(?:Exception|Error): ([^\n]+)", said)
        raise TickFailed(f"Spark did not start: {cause[1] if cause else said.splitlines()[0]}") from None
