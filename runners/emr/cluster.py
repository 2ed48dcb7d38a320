"""A job as a step of an EMR cluster: one that runs, or one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runners.emr.job import TAGS, Call, Job

_ATTEMPTS = "10"
# Without an end these grow without end; what they show is in the run's own metrics.
_KEPT = {
    "spark.eventLog.enabled": "false",
    "spark.ui.retainedJobs": "200",
    "spark.ui.retainedStages": "400",
    "spark.ui.retainedTasks": "4000",
}


@dataclass(frozen=True)
class NewCluster:
    """A cluster that is made for the job, and ends with it unless it is to be kept.

    `role` is the instance profile of its nodes, `service_role` EMR's own. The nodes' types and how many.
    """

    release: str
    role: str
    service_role: str
    instance_type: str
    nodes: int
    subnet: str | None = None
    keep: bool = False


def step(job: Job) -> dict[str, Any]:
    """The step: `spark-submit`, with the driver inside the cluster, so that it outlives this command.

    YARN starts a driver that died anew: it carries on from the checkpoint. Attempts older than the interval
    are forgotten, or a job that runs for months would be given up after a handful.
    """
    settings = {
        "spark.yarn.maxAppAttempts": _ATTEMPTS,
        "spark.yarn.am.attemptFailuresValidityInterval": "1h",
        "spark.yarn.tags": f"sortline,{job.bundle.pipeline}",
        **_KEPT,
        **job.settings("spark.yarn.appMasterEnv."),
    }
    words = ["spark-submit", "--master", "yarn", "--deploy-mode", "cluster", "--name", job.name]
    for name, value in settings.items():
        words += ["--conf", f"{name}={value}"]
    words += ["--archives", job.archives, "--jars", job.jar, job.script, *job.command]
    return {
        "Name": job.name,
        "ActionOnFailure": "CONTINUE",  # nothing else goes with steps side by side
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": words},
    }


def add_step(job: Job, cluster: str, role: str | None) -> list[Call]:
    """The calls that add the step to a cluster; `role` is the step's own, where the cluster has such."""
    arguments: dict[str, Any] = {"JobFlowId": cluster, "Steps": [step(job)]}
    if role:
        arguments["ExecutionRoleArn"] = role
    return [Call("emr", "add_job_flow_steps", arguments)]


def create(job: Job, cluster: NewCluster) -> list[Call]:
    """The calls that make a cluster with the step. Its nodes need no bootstrap action: the bundle has all."""
    groups = [("Primary", "MASTER", 1), ("Core", "CORE", cluster.nodes)]
    instances: dict[str, Any] = {
        "InstanceGroups": [
            {
                "Name": name,
                "InstanceRole": role,
                "Market": "ON_DEMAND",
                "InstanceType": cluster.instance_type,
                "InstanceCount": count,
            }
            for name, role, count in groups
        ],
        "KeepJobFlowAliveWhenNoSteps": cluster.keep,
        "TerminationProtected": False,
    }
    if cluster.subnet:
        instances["Ec2SubnetId"] = cluster.subnet
    arguments = {
        "Name": job.name,
        "ReleaseLabel": cluster.release,
        "LogUri": job.log_uri,
        "Applications": [{"Name": "Spark"}, {"Name": "Hadoop"}],
        "Instances": instances,
        "Steps": [step(job)],
        # A step that never ends must leave room for others, such as one that stops it.
        "StepConcurrencyLevel": 4,
        "Configurations": [
            {
                "Classification": "yarn-site",
                "Properties": {"yarn.resourcemanager.am.max-attempts": _ATTEMPTS},
            }
        ],
        "JobFlowRole": cluster.role,
        "ServiceRole": cluster.service_role,
        "VisibleToAllUsers": True,
        "Tags": TAGS,
    }
    return [Call("emr", "run_job_flow", arguments)]
