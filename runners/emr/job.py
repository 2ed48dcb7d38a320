"""A job for EMR: what is sent, as plain data. A dry run prints the very list that a real one sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runners.emr import published, secret
from runners.emr.bundle import DEFINITIONS, ENVIRONMENT, JAR, MAIN, Bundle
from runners.emr.sizes import Sizes

PYTHON, WORKER = "./environment/bin/python", "./environment/bin/sortline-worker"
# The managed policy of EMR's service role lets it touch only what has this.
TAGS = [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]


@dataclass(frozen=True)
class Upload:
    """A file for S3. Its digest is in its key, so a key that is there need not be sent again."""

    path: Path
    bucket: str
    key: str
    size: int
    sha256: str

    @property
    def url(self) -> str:
        """Its place, as Spark reads it."""
        return f"s3://{self.bucket}/{self.key}"

    def as_json(self) -> dict[str, Any]:
        """What a dry run tells of it."""
        return {"bucket": self.bucket, "key": self.key, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class Call:
    """One call of an AWS API: boto3's names of the service, the operation and the arguments."""

    service: str
    operation: str
    arguments: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """What a dry run tells of it."""
        return {"service": self.service, "operation": self.operation, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class Job:
    """A bundle and how it is to run. `arguments` are those of `sortline run` after its folder.

    `endless`: it runs until it is stopped. `watching`: it follows the definitions that are published.
    `environment` is the driver's; so are `secrets`, by id.
    """

    bundle: Bundle
    bucket: str
    prefix: str
    name: str
    region: str
    sizes: Sizes
    arguments: tuple[str, ...]
    endless: bool
    watching: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def uploads(self) -> dict[str, Upload]:
        """What must be on S3, by the file's name."""
        return {
            name: Upload(
                self.bundle.folder / name,
                self.bucket,
                f"{self.prefix}/bundle/{file.sha256[:16]}/{name}",
                file.size,
                file.sha256,
            )
            for name, file in self.bundle.files.items()
        }

    @property
    def publishing(self) -> list[Upload]:
        """The definitions once more, where the run looks for newer ones."""
        if not self.watching:
            return []
        bundled = self.uploads[DEFINITIONS]
        return [replace(bundled, key=published.key(self.prefix, self.bundle.pipeline))]

    @property
    def log_uri(self) -> str:
        """Where EMR puts the logs."""
        return f"s3://{self.bucket}/{self.prefix}/logs/"

    @property
    def archives(self) -> str:
        """What is unpacked beside the driver and each executor, and as what."""
        places = self.uploads
        return f"{places[ENVIRONMENT].url}#environment,{places[DEFINITIONS].url}#definitions"

    @property
    def jar(self) -> str:
        """Beam's Spark runner."""
        return self.uploads[JAR].url

    @property
    def script(self) -> str:
        """What `spark-submit` is given to run."""
        return self.uploads[MAIN].url

    @property
    def command(self) -> list[str]:
        """The script's arguments."""
        folder = published.FOLDER if self.watching else "definitions"
        return ["run", folder, "--runner", "spark", *self.arguments]

    def settings(self, driver_variable: str) -> dict[str, str]:
        """Spark's settings everywhere; `driver_variable` begins the names of the driver's environment.

        No `extraJavaOptions`: they would take the place of the cluster's own, and Spark itself opens to
        Java 17 all the packages that Beam needs open.
        """
        region = {"AWS_DEFAULT_REGION": self.region}
        variables = {**region, "PYSPARK_PYTHON": PYTHON, "PYSPARK_DRIVER_PYTHON": PYTHON, **self.environment}
        if self.secrets:
            variables[secret.VARIABLE] = ",".join(f"{name}={place}" for name, place in self.secrets.items())
        for upload in self.publishing:
            variables[published.VARIABLE] = upload.url
        return {
            **self.sizes.conf(),
            "spark.pyspark.python": PYTHON,
            "spark.sortline.worker": WORKER,
            "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
            "spark.executorEnv.AWS_DEFAULT_REGION": self.region,
            # A task that runs twice at once would only write the same documents again.
            "spark.speculation": "false",
            "spark.executor.maxNumFailures": str(max(20, 4 * self.sizes.count)),
            "spark.executor.failuresValidityInterval": "1h",
            **{f"{driver_variable}{name}": value for name, value in variables.items()},
            **self.conf,
        }
