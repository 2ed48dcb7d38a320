"""Each way that a submit fails: one line, with the cure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runners.emr.bundle import Bundle
from tests.emr.conftest import ROLE, Aws
from tests.services.process import free_port
from tests.services.proxy import Answer, Proxy, Request

Submit = Callable[..., int]


@pytest.fixture
def proxy(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """moto behind a proxy, for the answers that it never gives."""
    found = Proxy(aws.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
    yield found
    found.close()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of an error."""
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note:")]
    assert len(lines) == 1, lines
    return lines[0]


def test_no_credentials(aws: Aws, submit: Submit, monkeypatch, tmp_path, capsys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert submit("--cluster", "j-ABC") == 1
    assert said(capsys).startswith("sortline: no AWS credentials: set AWS_PROFILE")


def test_a_profile_that_is_not_there(submit: Submit, monkeypatch, capsys):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert submit("--cluster", "j-ABC") == 1
    assert "give AWS_PROFILE one of" in said(capsys)


def test_no_region(submit: Submit, monkeypatch, tmp_path, capsys):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert submit("--cluster", "j-ABC") == 2
    assert said(capsys) == "sortline: no AWS region: give --region, or set AWS_REGION"


def test_aws_is_out_of_reach(submit: Submit, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert submit("--cluster", "j-ABC") == 1
    assert "AWS can't be reached" in said(capsys)


def test_a_cluster_that_is_not_there(submit: Submit, capsys):
    assert submit("--cluster", "j-NONE") == 1
    assert "the cluster j-NONE is not there: see `aws emr list-clusters --active`" in said(capsys)


def test_a_cluster_that_has_ended(aws: Aws, submit: Submit, capsys):
    cluster = aws.cluster()
    aws.client("emr").terminate_job_flows(JobFlowIds=[cluster])
    assert submit("--cluster", cluster) == 1
    assert f"the cluster {cluster} is TERMINATED: give one that runs, or --create" in said(capsys)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"release": "emr-6.15.0"}, "is of emr-6.15.0: it takes emr-7.0.0 or later"),
        ({"application": "Flink"}, "has no Spark"),
    ],
)
def test_a_cluster_of_the_wrong_kind(aws: Aws, submit: Submit, made, message, capsys):
    assert submit("--cluster", aws.cluster(**made)) == 1
    assert message in said(capsys)
    assert aws.of("PutObject") == [], "nothing is uploaded for a cluster that can't run it"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"release": "emr-7.0.0"}, "is of emr-7.0.0: it takes emr-7.1.0 or later"),
        ({"kind": "HIVE"}, "give one of type SPARK"),
    ],
)
def test_an_application_of_the_wrong_kind(aws: Aws, submit: Submit, made, message, capsys):
    assert submit("--serverless", aws.application(**made), "--role", ROLE) == 1
    assert message in said(capsys)


def test_an_application_that_has_ended(aws: Aws, submit: Submit, capsys):
    application = aws.application()
    aws.client("emr-serverless").stop_application(applicationId=application)
    aws.client("emr-serverless").delete_application(applicationId=application)
    assert submit("--serverless", application, "--role", ROLE) == 1
    assert f"the application {application} is TERMINATED: make another" in said(capsys)


def test_an_application_that_is_not_there(submit: Submit, capsys):
    assert submit("--serverless", "00none", "--role", ROLE) == 1
    assert "the application 00none is not there" in said(capsys)


def test_a_role_of_another_account(aws: Aws, submit: Submit, capsys):
    role = ROLE.replace("123456789012", "210987654321")
    assert submit("--serverless", aws.application(), "--role", role) == 1
    assert "your role needs emr-serverless:StartJobRun and iam:PassRole" in said(capsys)


def test_a_bucket_that_is_not_there(submit: Submit, capsys):
    assert submit("--create", bucket="no-such-bucket-at-all") == 1
    assert "the bucket no-such-bucket-at-all is not there: make it" in said(capsys)


def test_a_bucket_elsewhere(submit: Submit, proxy: Proxy, capsys):
    headers = (("x-amz-bucket-region", "us-west-2"),)
    proxy.fault = lambda request: Answer(301, b"", headers)
    assert submit("--create") == 1
    assert "give --region us-west-2" in said(capsys)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", "not allowed: your role needs elasticmapreduce:RunJobFlow"),
        ("ExpiredTokenException", "the AWS credentials have expired"),
        ("UnrecognizedClientException", "AWS does not know these credentials"),
        ("ThrottlingException", "AWS is busy (ThrottlingException): run this again"),
        ("ValidationException", "AWS refused: because"),
    ],
)
def test_what_emr_refuses(submit: Submit, proxy: Proxy, code: str, message: str, capsys):
    def fault(request: Request) -> Answer:
        if b"JobFlowRole" in request.body:
            return Answer(400, json.dumps({"__type": code, "message": "because"}).encode())
        return request.forward(request.body)

    proxy.fault = fault
    assert submit("--create") == 1
    assert message in said(capsys)


@pytest.mark.parametrize(("method", "right"), [("HEAD", "s3:ListBucket"), ("PUT", "s3:PutObject")])
def test_what_s3_refuses(submit: Submit, proxy: Proxy, method: str, right: str, capsys):
    refusal = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"

    def fault(request: Request) -> Answer:
        return Answer(403, refusal, ()) if request.method == method else request.forward(request.body)

    proxy.fault = fault
    assert submit("--create") == 1
    assert f"your role needs {right}" in said(capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cluster", "i-123"], "'i-123' is no cluster's id"),
        (["--serverless", "00abc"], "--serverless needs the job's role"),
        (["--serverless", "00abc", "--role", "job"], "--serverless needs the job's role"),
        (["--create", "--prefix", "/"], "can't be a --prefix"),
        (["--create", "--name", "my job"], "'my job' can't be a --name"),
        (["--create", "--", "--runner", "local"], "--runner and --master are this command's own"),
        (["--create", "--", "--checkpoint", "here"], "--checkpoint here would be lost with its node"),
    ],
)
def test_wrong_use(aws: Aws, submit: Submit, words, message, capsys):
    assert submit(*words) == 2
    assert message in said(capsys)
    assert aws.asked == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "one of the arguments --cluster --create --serverless is required"),
        (["--create", "--executor-memory", "4"], "invalid gigabytes value: '4'"),
        (["--create", "--env", "NAME"], "'NAME' is not NAME=VALUE"),
        (["--create", "--", "--sorce", "x"], "unrecognized arguments: --sorce"),
        (["--create", "--", "--interval", "soon"], "argument --interval"),
    ],
)
def test_wrong_options(submit: Submit, words, message, capsys):
    assert submit(*words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--executor-cores", "3"], "no workers of 3 vCPUs"),
        (["--executor-memory", "40g"], "a worker of 2 vCPUs has 4 to 16 GB".replace("a worker", "worker")),
    ],
)
def test_sizes_that_serverless_has_not(aws: Aws, submit: Submit, words, message, capsys):
    assert submit("--serverless", aws.application(), "--role", ROLE, *words) == 1
    assert message in said(capsys)


def test_no_bundle(submit: Submit, tmp_path: Path, capsys):
    assert submit("--create", bundle=tmp_path / "none") == 1
    assert "make one with `sortline package" in said(capsys)


def test_a_bundle_that_was_touched(submit: Submit, small: Bundle, tmp_path: Path, capsys):
    folder = shutil.copytree(small.folder, tmp_path / "bundle")
    (folder / "main.py").write_text("print()")
    assert submit("--create", bundle=folder) == 1
    assert "is not the file that bundle.json tells of" in said(capsys)
    (folder / "main.py").unlink()
    assert submit("--create", bundle=folder) == 1
    assert "is missing: make it anew" in said(capsys)
    (folder / "bundle.json").write_text("{")
    assert submit("--create", bundle=folder) == 1
    assert "is damaged: make it anew" in said(capsys)


@pytest.mark.parametrize(("machine", "nodes"), [("x86_64", "m7g.xlarge"), ("aarch64", "m6i.xlarge")])
def test_nodes_of_another_kind_than_the_bundle(
    submit: Submit, small: Bundle, tmp_path, machine, nodes, capsys
):
    folder = shutil.copytree(small.folder, tmp_path / "bundle")
    index = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps(index | {"machine": machine}))
    assert submit("--create", "--instance-type", nodes, "--dry-run", bundle=folder) == 1
    assert f"{nodes} does not run a bundle of {machine}" in said(capsys)
    assert submit("--create", "--dry-run", bundle=folder) == 0
