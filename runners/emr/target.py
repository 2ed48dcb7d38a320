"""Where a job goes, looked at before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from runners.emr.problems import EmrError, plainly

if TYPE_CHECKING:
    from mypy_boto3_emr import EMRClient
    from mypy_boto3_emr_serverless import EMRServerlessClient
    from mypy_boto3_s3 import S3Client

_TAKES_STEPS = {"STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"}
_TAKES_RUNS = {"CREATED", "STARTING", "STARTED", "STOPPING", "STOPPED"}
_LEAST = {"cluster": (7, 0, 0), "application": (7, 1, 0)}

Note = Callable[[str], None]


def check_bucket(s3: S3Client, bucket: str) -> None:
    """Raises `EmrError` when the bucket is not there, elsewhere, or another's."""
    with plainly(f"the bucket {bucket}", "s3:ListBucket", missing="make it, or give another --bucket"):
        s3.head_bucket(Bucket=bucket)


def check_cluster(emr: EMRClient, cluster: str, note: Note) -> None:
    """Raises `EmrError` for a cluster that takes no steps; notes one that takes them one after another."""
    missing = "see `aws emr list-clusters --active`, or give --create"
    with plainly(f"the cluster {cluster}", "elasticmapreduce:DescribeCluster", missing=missing):
        found = emr.describe_cluster(ClusterId=cluster)["Cluster"]
    state = found["Status"]["State"]
    if state not in _TAKES_STEPS:
        raise EmrError(f"the cluster {cluster} is {state}: give one that runs, or --create")
    if "Spark" not in {one.get("Name", "").capitalize() for one in found.get("Applications", [])}:
        raise EmrError(f"the cluster {cluster} has no Spark: give one that was made with it, or --create")
    _check_release("cluster", cluster, found.get("ReleaseLabel", ""))
    if found.get("StepConcurrencyLevel", 1) == 1:
        note(
            f"the cluster {cluster} runs one step at a time: this one waits for those before it, and those "
            f"after it for it; `aws emr modify-cluster --cluster-id {cluster} --step-concurrency-level 4` "
            "changes that"
        )


def check_application(serverless: EMRServerlessClient, application: str, machine: str) -> None:
    """Raises `EmrError` for an application that can't run the bundle."""
    missing = "see `aws emr-serverless list-applications`"
    with plainly(f"the application {application}", "emr-serverless:GetApplication", missing=missing):
        found = serverless.get_application(applicationId=application)["application"]
    if found["state"] not in _TAKES_RUNS:
        raise EmrError(f"the application {application} is {found['state']}: make another")
    if found["type"].lower() != "spark":
        raise EmrError(f"the application {application} is for {found['type']}: give one of type SPARK")
    architecture = found.get("architecture", "X86_64").lower()
    if architecture.replace("arm64", "aarch64") != machine:
        raise EmrError(
            f"the application {application} is of {architecture}, the bundle of {machine}: package on such a "
            "machine, or give another application"
        )
    _check_release("application", application, found.get("releaseLabel", ""))


def _check_release(kind: str, name: str, label: str) -> None:
    found = re.match(r"emr-(\d+)\.(\d+)\.(\d+)", label)
    least = _LEAST[kind]
    if not found or tuple(map(int, found.groups())) < least:
        wanted = ".".join(map(str, least))
        raise EmrError(f"the {kind} {name} is of {label or 'no release'}: it takes emr-{wanted} or later")
