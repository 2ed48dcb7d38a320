"""How large the processes of a run are on a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runners.emr.problems import EmrError

# EMR Serverless: the vCPUs that a worker can have, and the least and most GB for each.
_SERVERLESS = {1: (2, 8), 2: (4, 16), 4: (8, 30), 8: (16, 60), 16: (32, 120)}


@dataclass(frozen=True)
class Process:
    """`memory` is the JVM's heap, `python` what stands beside it: the Python process and its columns. GB."""

    cores: int
    memory: int
    python: int

    @property
    def total(self) -> int:
        """What the cluster sets aside for one, in GB."""
        return self.memory + self.python


@dataclass(frozen=True)
class Sizes:
    """One driver and `count` executors."""

    count: int
    driver: Process
    executor: Process

    def conf(self) -> dict[str, str]:
        """As Spark has it: the same on YARN and on EMR Serverless."""
        found = {"spark.executor.instances": str(self.count), "spark.dynamicAllocation.enabled": "false"}
        for name, process in (("driver", self.driver), ("executor", self.executor)):
            found[f"spark.{name}.cores"] = str(process.cores)
            found[f"spark.{name}.memory"] = f"{process.memory}g"
            found[f"spark.{name}.memoryOverhead"] = f"{process.python}g"
        return found

    def check_serverless(self) -> None:
        """Raises `EmrError` for a size that EMR Serverless has no worker of."""
        for name, process in (("driver", self.driver), ("executor", self.executor)):
            if process.cores not in _SERVERLESS:
                raise EmrError(
                    f"EMR Serverless has no workers of {process.cores} vCPUs: give --{name}-cores "
                    "1, 2, 4, 8 or 16"
                )
            least, most = _SERVERLESS[process.cores]
            if not least <= process.total <= most:
                raise EmrError(
                    f"an EMR Serverless worker of {process.cores} vCPUs has {least} to {most} GB, and the "
                    f"{name} wants {process.total}: change --{name}-memory or --{name}-python-memory"
                )


def gigabytes(text: str) -> int:
    """A size such as 4g, in GB. Raises `ValueError`.

    >>> gigabytes("4g")
    4
    """
    if not re.fullmatch(r"[1-9]\d{0,3}g", text):
        raise ValueError(text)
    return int(text[:-1])
