"""A job as a run of an EMR Serverless application."""

from __future__ import annotations

from typing import Any

from runners.emr.job import Call, Job

_ATTEMPTS = 5


def start(job: Job, application: str, role: str) -> list[Call]:
    """The calls that start it. Raises `EmrError` for sizes that no worker has.

    A run without an end is in streaming mode: it has no timeout, and is started anew when it fails.
    """
    job.sizes.check_serverless()
    arguments: dict[str, Any] = {
        "applicationId": application,
        "executionRoleArn": role,
        "name": job.name,
        "mode": "STREAMING" if job.endless else "BATCH",
        "retryPolicy": {"maxFailedAttemptsPerHour" if job.endless else "maxAttempts": _ATTEMPTS},
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": job.script,
                "entryPointArguments": job.command,
                "sparkSubmitParameters": f"--conf spark.archives={job.archives} --conf spark.jars={job.jar}",
            }
        },
        "configurationOverrides": {
            "applicationConfiguration": [
                {
                    "classification": "spark-defaults",
                    "properties": job.settings("spark.emr-serverless.driverEnv."),
                }
            ],
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": job.log_uri}},
        },
        "tags": {"pipeline": job.bundle.pipeline},
    }
    if not job.endless:
        arguments["executionTimeoutMinutes"] = 0  # none; it would be 12 hours
    return [Call("emr-serverless", "start_job_run", arguments)]
