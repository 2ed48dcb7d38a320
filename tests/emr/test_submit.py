"""What is sent to EMR: what the dry run said, once, and the right thing."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable

import pytest

from runners.emr.bundle import Bundle
from tests.emr.conftest import ROLE, Aws

OPERATIONS = {
    "add_job_flow_steps": "AddJobFlowSteps",
    "run_job_flow": "RunJobFlow",
    "start_job_run": "StartJobRun",
}
SOURCE = ("--", "--source", "kinesis:psm-events", "--sink", "elasticsearch:https://search.example.com")
Submit = Callable[..., int]


@pytest.fixture(params=["cluster", "create", "serverless"])
def target(request: pytest.FixtureRequest, aws: Aws) -> list[str]:
    """Each way of running it."""
    if request.param == "cluster":
        return ["--cluster", aws.cluster()]
    if request.param == "create":
        return ["--create", "--subnet", "subnet-0123", "--nodes", "3"]
    return ["--serverless", aws.application(), "--role", ROLE]


def test_what_is_sent_is_what_the_dry_run_said(aws: Aws, submit: Submit, small: Bundle, target, capsys):
    options = [*target, "--secret", "ELASTICSEARCH_API_KEY=prod/search", "--conf", "spark.x=a b", *SOURCE]
    assert submit("--dry-run", *options) == 0
    said = json.loads(capsys.readouterr().out)
    assert aws.asked == [], "a dry run asks AWS nothing"
    assert submit(*options) == 0
    for upload in said["uploads"]:
        found = aws.client("s3").get_object(Bucket=upload["bucket"], Key=upload["key"])
        data = found["Body"].read()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (upload["size"], upload["sha256"])
        assert found["Metadata"]["sha256"] == upload["sha256"]
    assert [one["Key"] for one in aws.of("PutObject")] == [one["key"] for one in said["uploads"]]
    names = {upload["key"].rsplit("/")[-1] for upload in said["uploads"]}
    assert names == set(small.files)
    changing = [
        (name, arguments)
        for name, arguments in aws.asked
        if not name.startswith(("Head", "Put", "Describe", "Get"))
    ]
    assert changing == [(OPERATIONS[call["operation"]], call["arguments"]) for call in said["calls"]]


def test_a_second_submit_uploads_nothing(aws: Aws, submit: Submit, target, capsys):
    assert submit("--format", "json", *target, *SOURCE) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(first["uploaded"]) == 4
    aws.asked.clear()
    assert submit("--format", "json", *target, *SOURCE) == 0
    second = json.loads(capsys.readouterr().out)
    assert aws.of("PutObject") == aws.of("CreateMultipartUpload") == []
    assert (second["uploaded"], second["unchanged"]) == ([], first["uploaded"])


def test_the_step_outlives_its_driver(aws: Aws, submit: Submit):
    cluster = aws.cluster()
    assert submit("--cluster", cluster, "--env", "ELASTICSEARCH_URL=https://x", *SOURCE) == 0
    (step,) = aws.client("emr").list_steps(ClusterId=cluster)["Steps"]
    words = step["Config"]["Args"]
    conf = dict(word.split("=", 1) for flag, word in itertools.pairwise(words) if flag == "--conf")
    assert words[:5] == ["spark-submit", "--master", "yarn", "--deploy-mode", "cluster"]
    assert words[5:7] == ["--name", step["Name"]] == ["--name", "sortline-sorters"]
    assert conf["spark.yarn.maxAppAttempts"] == "10"
    assert conf["spark.yarn.am.attemptFailuresValidityInterval"] == "1h"
    assert conf["spark.speculation"] == conf["spark.dynamicAllocation.enabled"] == "false"
    assert conf["spark.yarn.appMasterEnv.PYSPARK_PYTHON"] == "./environment/bin/python"
    assert conf["spark.yarn.appMasterEnv.ELASTICSEARCH_URL"] == "https://x"
    assert conf["spark.sortline.worker"] == "./environment/bin/sortline-worker"
    assert not [name for name in conf if name.endswith("avaOptions") or "ClassPath" in name]
    archives = words[words.index("--archives") + 1].split(",")
    assert [one.split("#")[1] for one in archives] == ["environment", "definitions"]
    run = words[words.index("run") :]
    assert run[:4] == ["run", "definitions", "--runner", "spark"]
    assert run[-2:] == ["--checkpoint", f"s3://{aws.bucket}/sortline/checkpoint/sorters"]


def test_a_run_without_an_end_streams_and_one_with_an_end_has_no_timeout(aws: Aws, submit: Submit):
    where = ["--serverless", aws.application(), "--role", ROLE]
    assert submit(*where, *SOURCE) == 0
    assert submit(*where, *SOURCE, "--until-caught-up") == 0
    endless, ending = aws.of("StartJobRun")
    assert (endless["mode"], endless["retryPolicy"]) == ("STREAMING", {"maxFailedAttemptsPerHour": 5})
    assert (ending["mode"], ending["executionTimeoutMinutes"]) == ("BATCH", 0)


def test_spark_itself_opens_to_java_what_beam_needs():
    """So no Java options are set, which would take the place of the cluster's own."""
    import zipfile
    from pathlib import Path

    import pyspark

    (jar,) = Path(pyspark.__file__).parent.glob("jars/spark-launcher_*.jar")
    options = zipfile.ZipFile(jar).read("org/apache/spark/launcher/JavaModuleOptions.class").decode("latin-1")
    for package in ("java.nio", "java.util", "java.lang.invoke", "sun.nio.ch"):
        assert f"--add-opens=java.base/{package}=ALL-UNNAMED" in options


def test_a_secret_in_the_open_is_pointed_out(aws: Aws, submit: Submit, capsys):
    assert submit("--create", "--dry-run", "--env", "ELASTICSEARCH_API_KEY=abc", *SOURCE) == 0
    assert "prefer --secret ELASTICSEARCH_API_KEY=ID" in capsys.readouterr().err


def test_a_cluster_of_one_step_at_a_time_is_pointed_out(aws: Aws, submit: Submit, capsys):
    assert submit("--cluster", aws.cluster(), *SOURCE) == 0
    assert "--step-concurrency-level 4" in capsys.readouterr().err


def test_a_run_that_watches_begins_with_its_own_definitions(aws: Aws, submit: Submit, capsys):
    options = ["--cluster", aws.cluster(), *SOURCE, "--watch"]
    assert submit("--dry-run", *options) == 0
    said = json.loads(capsys.readouterr().out)
    key = "sortline/definitions/sorters.tar.gz"
    assert [one["key"] for one in said["uploads"]][-1] == key
    words = said["calls"][0]["arguments"]["Steps"][0]["HadoopJarStep"]["Args"]
    assert f"spark.yarn.appMasterEnv.SORTLINE_DEFINITIONS=s3://{aws.bucket}/{key}" in words
    assert words[words.index("run") + 1] == "published"
    assert submit(*options) == 0
    assert aws.of("PutObject")[-1]["Key"] == key
    assert aws.of("AddJobFlowSteps")[0] == said["calls"][0]["arguments"]
