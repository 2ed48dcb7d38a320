"""Bundles, and an AWS that listens: moto, and what was asked of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from framework.cli.main import main
from runners.emr.bundle import Bundle, make
from runners.emr.environment import Environment
from runners.emr.interpreter import interpreter
from tests.services.kinesis import Kinesis

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/job"


@dataclass
class Aws:
    """moto, with a bucket; `asked` has each call made: its operation and arguments."""

    url: str
    bucket: str
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A client whose calls are not recorded."""
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)

    def cluster(self, release: str = "emr-7.10.0", application: str = "Spark") -> str:
        """A cluster that waits for steps."""
        made = self.client("emr").run_job_flow(
            Name="waits",
            ReleaseLabel=release,
            Applications=[{"Name": application}],
            Instances={
                "KeepJobFlowAliveWhenNoSteps": True,
                "InstanceCount": 1,
                "MasterInstanceType": "m6i.xlarge",
            },
            JobFlowRole="EMR_EC2_DefaultRole",
            ServiceRole="EMR_DefaultRole_V2",
        )
        return str(made["JobFlowId"])

    def application(self, release: str = "emr-7.10.0", kind: str = "SPARK") -> str:
        """An application of EMR Serverless."""
        serverless = self.client("emr-serverless")
        made = serverless.create_application(name="sortline", releaseLabel=release, type=kind)
        return str(made["applicationId"])

    def of(self, operation: str) -> list[dict[str, Any]]:
        """The arguments of each call of an operation."""
        return [arguments for name, arguments in self.asked if name == operation]


@pytest.fixture
def aws(moto: Kinesis, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An account with a bucket of its own, as the command line finds it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    found = Aws(moto.url, f"sortline-{uuid.uuid4().hex[:12]}")
    place = {"LocationConstraint": REGION}
    found.client("s3").create_bucket(Bucket=found.bucket, CreateBucketConfiguration=place)
    usual = boto3.Session

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        found.asked.append((model.name, dict(params)))

    def session(*args: Any, **kwargs: Any) -> Any:
        made = usual(*args, **kwargs)
        made.events.register("provide-client-params", note)
        return made

    monkeypatch.setattr(boto3, "Session", session)
    return found


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle whose environment and runner hold next to nothing."""
    folder = tmp_path_factory.mktemp("small")
    jar = folder / "runner.jar"
    jar.write_bytes(b"a jar")
    (folder / "defs").mkdir()
    (folder / "defs" / "one.yaml").write_text("pipeline: sorters\n")
    versions = {"sortline": "0.1.0", "apache-beam": "2.70.0"}
    environment = Environment(interpreter(), versions, {"bin/python": b"#!/bin/sh\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SORTLINE_CACHE", str(folder / "cache"))
        return make(folder / "bundle", environment, jar, folder / "defs", "sorters", "0123456789abcdef")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a real bundle: the shipped definitions, what is installed here."""
    out = tmp_path_factory.mktemp("whole") / "bundle"
    assert main(["package", str(ROOT / "kpi_defs"), "--out", str(out)]) == 0
    return out


@pytest.fixture
def submit(small: Bundle, aws: Aws) -> Callable[..., int]:
    """Runs `sortline submit emr` on the small bundle and the bucket."""

    def call(*words: str, bundle: Path = small.folder, bucket: str | None = None) -> int:
        place = ["--bundle", str(bundle), "--bucket", bucket or aws.bucket]
        try:
            return main(["submit", "emr", *place, *words])
        except SystemExit as stopped:
            return int(stopped.code or 0)

    return call
