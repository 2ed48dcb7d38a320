"""The CloudFormation template: without findings, and with policies of least rights."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emr.conftest import ROOT

TEMPLATE = ROOT / "runners" / "emr" / "cloudformation.yaml"
# What AWS grants on no narrower resource than all.
ONLY_ON_ALL = {"elasticmapreduce:RunJobFlow"}


class Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": X}, and the like."""


def _tagged(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]


Loader.add_multi_constructor("!", _tagged)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return yaml.load(TEMPLATE.read_text(), Loader)["Resources"]


def statements(found: Any) -> Iterator[dict[str, Any]]:
    """Every statement that allows something, wherever it stands."""
    if isinstance(found, dict):
        if found.get("Effect") == "Allow":
            yield found
        for inner in found.values():
            yield from statements(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from statements(inner)


def each(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def of_kind(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}


def test_the_checker_finds_nothing():
    checker = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([checker, "-t", TEMPLATE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_policy_names_all_actions_of_anything(resources: dict[str, Any]):
    actions = [action for one in statements(resources) for action in each(one["Action"])]
    assert len(actions) > 20
    assert [action for action in actions if "*" in action] == []


def test_no_policy_names_all_resources_but_where_aws_knows_no_other(resources: dict[str, Any]):
    wide = [one for one in statements(resources) if "*" in each(one.get("Resource", []))]
    assert {action for one in wide for action in each(one["Action"])} == ONLY_ON_ALL
    assert all("Condition" in one for one in wide)
    lines = TEMPLATE.read_text().splitlines()
    at = [number for number, line in enumerate(lines) if line.strip() in ('Resource: "*"', '- "*"')]
    assert len(at) == len(wide)
    assert all(lines[number - 1].strip().startswith("# ") for number in at), "a comment says why"


def test_resources_end_openly_only_below_what_they_name(resources: dict[str, Any]):
    named = [
        resource["Sub"]
        for one in statements(resources)
        for resource in each(one.get("Resource", []))
        if isinstance(resource, dict) and "Sub" in resource
    ]
    for text in named:
        before = text.split("*")[0]
        assert before == text or (before.endswith("/") and "${" in before), text


def test_a_role_is_given_only_to_the_service_that_takes_it(resources: dict[str, Any]):
    passing = [one for one in statements(resources) if "iam:PassRole" in each(one["Action"])]
    assert passing
    for one in passing:
        assert all(set(resource) == {"GetAtt"} for resource in each(one["Resource"]))
        assert "iam:PassedToService" in one["Condition"]["StringEquals"]


def test_the_job_can_read_the_stream_but_never_write_it(resources: dict[str, Any]):
    job = of_kind(resources, "AWS::IAM::ManagedPolicy")["JobPolicy"]
    actions = {action for one in statements(job) for action in each(one["Action"])}
    assert {action for action in actions if action.startswith("kinesis:")} == {
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    }


def test_the_bucket_is_private_encrypted_and_cleans_up(resources: dict[str, Any]):
    bucket = resources["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"] and resources["Bucket"]["DeletionPolicy"] == "Retain"
    cleaned = {rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert cleaned == {"logs", "old-versions", "broken-uploads"}
    expiring = [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]
    assert [rule["Prefix"] for rule in expiring] == [{"Sub": "${Prefix}/logs/"}], "never the checkpoint"


def test_nobody_reaches_the_nodes_from_outside(resources: dict[str, Any]):
    groups = of_kind(resources, "AWS::EC2::SecurityGroup")
    assert groups and not [name for name, one in groups.items() if "SecurityGroupIngress" in one]
    for one in of_kind(resources, "AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in one and "CidrIp" not in one


def test_every_alarm_tells_somebody(resources: dict[str, Any]):
    alarms = of_kind(resources, "AWS::CloudWatch::Alarm")
    assert {"FallsBehind", "NoHeartbeat", "LosesRecordsSoon", "NodesAreUnhealthy"} <= set(alarms)
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == [{"Ref": "Topic"}], name
        assert alarm["AlarmDescription"], name
    assert alarms["NoHeartbeat"]["TreatMissingData"] == "breaching"
    rules = of_kind(resources, "AWS::Events::Rule")
    assert set(rules) == {"StepFailed", "ClusterFailed", "ServerlessRunFailed"}
    assert all(one["Targets"] == [{"Id": "topic", "Arn": {"Ref": "Topic"}}] for one in rules.values())
