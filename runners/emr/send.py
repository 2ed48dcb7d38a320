"""Sends a job: files first, those that are not there yet, then the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runners.emr.job import Call, Upload
from runners.emr.problems import plainly

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RIGHTS = {
    "add_job_flow_steps": "elasticmapreduce:AddJobFlowSteps",
    "run_job_flow": "elasticmapreduce:RunJobFlow and iam:PassRole",
    "start_job_run": "emr-serverless:StartJobRun and iam:PassRole",
}


@dataclass
class Sent:
    """What was sent, and what AWS calls it: `cluster` and `step`, or `application` and `run`."""

    uploaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def send(
    uploads: Iterable[Upload],
    calls: Sequence[Call],
    client: Callable[[str], Any],
    on_bytes: Callable[[int], None] = lambda count: None,
) -> Sent:
    """Send all; `client` gives boto3's client of a service. Raises `EmrError`."""
    sent = Sent()
    s3 = client("s3")
    for upload in uploads:
        if _is_there(s3, upload):
            sent.unchanged.append(upload.key)
            on_bytes(upload.size)
            continue
        with plainly(f"{upload.url}", "s3:PutObject on it"):
            extra = {"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": upload.sha256}}
            s3.upload_file(str(upload.path), upload.bucket, upload.key, ExtraArgs=extra, Callback=on_bytes)
        sent.uploaded.append(upload.key)
    for call in calls:
        with plainly(_target(call), _RIGHTS[call.operation]):
            answer = getattr(client(call.service), call.operation)(**call.arguments)
        sent.names |= _names(call, answer)
    return sent


def _is_there(s3: S3Client, upload: Upload) -> bool:
    from botocore.exceptions import ClientError

    with plainly(upload.url, "s3:GetObject on it and s3:ListBucket on its bucket"):
        try:
            found = s3.head_object(Bucket=upload.bucket, Key=upload.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
    return found["Metadata"].get("sha256") == upload.sha256 and found["ContentLength"] == upload.size


def _target(call: Call) -> str:
    given = call.arguments
    if call.operation == "run_job_flow":
        return "the new cluster"
    if "JobFlowId" in given:
        return f"the cluster {given['JobFlowId']}"
    return f"the application {given['applicationId']}"


def _names(call: Call, answer: Any) -> dict[str, str]:
    if call.operation == "add_job_flow_steps":
        return {"cluster": call.arguments["JobFlowId"], "step": answer["StepIds"][0]}
    if call.operation == "run_job_flow":
        return {"cluster": answer["JobFlowId"]}
    return {"application": answer["applicationId"], "run": answer["jobRunId"]}
