"""What receivers are sent, by real servers that took it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import boto3
import jsonschema
import pytest

from framework.definitions.notify import Notified, Topic, Webhook
from framework.notify.base import NotifyError, Receiver, ReceiverRefused, ReceiverUnavailable
from framework.notify.receivers.opening import Wants, channel
from framework.notify.transition import Transition
from tests.notify.hook import Answer, Hook
from tests.notify.made import AT, document, transition
from tests.services.kinesis import Kinesis

# What `POST /alerts` takes: definitions of Alertmanager's api/v2/openapi.yaml.
LABEL_SET = {"type": "object", "additionalProperties": {"type": "string"}}
POSTABLE_ALERTS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "startsAt": {"type": "string", "format": "date-time"},
            "endsAt": {"type": "string", "format": "date-time"},
            "annotations": LABEL_SET,
            "labels": LABEL_SET,
            "generatorURL": {"type": "string", "format": "uri"},
        },
        "required": ["labels"],
        "additionalProperties": False,
    },
}


def receiver(one: Notified) -> Receiver:
    return channel(one, "r", "plant")[0]


def test_plain_json(hook: Hook) -> None:
    told = [
        transition(document=document()),
        transition(number=2, severity="critical", was="warning", message="wörse"),
    ]
    receiver(Webhook(hook.url, link="https://kibana.example.com/e?{id}")).send(told)
    call = hook.calls[0]
    assert (call.path, call.headers["Content-Type"]) == ("/hook", "application/json")
    assert call.body["pipeline"] == "plant"
    first, second = call.body["transitions"]
    assert first == {
        "key": "e1:1",
        "id": "e1",
        "transition": "fired",
        "number": 1,
        "at": "2026-09-21T14:14:20Z",
        "severity": "warning",
        "rule": "slow",
        "pipeline": "plant",
        "message": "e1 is slow",
        "link": "https://kibana.example.com/e?e1",
        "document": json.loads(document()),
    }
    assert (second["was"], second["message"], second["document"]) == ("warning", "wörse", {})


def test_alertmanager(hook: Hook) -> None:
    one = Webhook(hook.url.removesuffix("hook"), "alertmanager", link="https://example.com/{rule}/{id}")
    receiver(one).send([transition(document=document())])
    call = hook.calls[0]
    assert call.path == "/api/v2/alerts"
    jsonschema.validate(call.body, POSTABLE_ALERTS, format_checker=jsonschema.FormatChecker())
    (alert,) = call.body
    assert alert["labels"] == {
        "alertname": "slow",
        "severity": "warning",
        "episode": "e1",
        "pipeline": "plant",
        "kpi": "speed",
        "level": "site",
        "site": "BER",
        "open": "true",
        "lane": "7",
        "my_field": "x",
    }
    assert alert["annotations"] == {
        "summary": "e1 is slow",
        "description": "below 4",
        "transition": "fired",
        "value": "3.5",
    }
    assert alert["startsAt"] == "2026-09-21T10:00:00Z"
    assert alert["generatorURL"] == "https://example.com/slow/e1"
    # Without an end it would be over in minutes, since nobody sends it again.
    assert (moment(alert["endsAt"]) - moment(alert["startsAt"])).days > 300


@pytest.mark.parametrize("change", ["resolved", "withdrawn"])
def test_an_alert_ends_as_the_one_that_fired(hook: Hook, change: Any) -> None:
    one = receiver(Webhook(hook.url, "alertmanager"))
    one.send([transition(document=document(), at=AT)])
    one.send([transition(number=2, document=document(), transition=change, at=AT)])
    (open_,), (over,) = (call.body for call in hook.calls)
    assert over["labels"] == open_["labels"]
    assert over["startsAt"] <= over["endsAt"] <= datetime.now().astimezone().isoformat()


def test_an_end_ahead_of_the_clock_is_now(hook: Hook) -> None:
    far = AT + 10 * 365 * 86_400_000_000
    receiver(Webhook(hook.url, "alertmanager")).send([transition(transition="resolved", at=far)])
    (alert,) = hook.calls[0].body
    assert moment(alert["startsAt"]) <= moment(alert["endsAt"]) <= datetime.now().astimezone()


@pytest.mark.parametrize(("least", "ended"), [("info", ["warning"]), ("critical", [])])
def test_an_alert_that_turns_worse_ends_the_milder_one_that_was_told(
    hook: Hook, least: Any, ended: list[str]
) -> None:
    worse = transition(number=2, severity="critical", was="warning", document=document())
    receiver(Webhook(hook.url, "alertmanager", severity=least)).send([worse])
    now = datetime.now().astimezone()
    alerts = hook.calls[0].body
    assert [one["labels"]["severity"] for one in alerts if moment(one["endsAt"]) <= now] == ended
    assert [one["labels"]["severity"] for one in alerts if moment(one["endsAt"]) > now] == ["critical"]


@pytest.mark.parametrize("document", ["[1]", "no JSON", '{"alert": 3, "kpi": null, "dimensions": []}'])
def test_a_document_that_says_nothing_is_no_hindrance(hook: Hook, document: str) -> None:
    for format_ in ("plain", "alertmanager"):
        receiver(Webhook(hook.url, format_)).send([transition(document=document)])  # type: ignore[arg-type]
    assert hook.calls[1].body[0]["startsAt"] == "2026-09-21T14:14:20Z"


def test_dimensions_do_not_take_other_labels_places(hook: Hook) -> None:
    shown = json.dumps({"dimensions": {"severity": "hot", "a-b": "1", "a b": "2", "1st": "3", "ä": "4"}})
    receiver(Webhook(hook.url, "alertmanager")).send([transition(document=shown)])
    labels = hook.calls[0].body[0]["labels"]
    assert labels["severity"] == "warning"
    assert labels["dimension_severity"] == "hot"
    assert (labels["a_b"], labels["dimension_a_b"], labels["dimension_1st"]) == ("1", "2", "3")


def test_headers_and_users_come_from_the_environment(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", hook.url.replace("//", "//me:s%40fe@"))
    monkeypatch.setenv("TOKEN", "secret\n")
    one = receiver(Webhook("${HOOK_URL}", headers={"X-Token": "Bearer ${TOKEN}"}))
    one.send([transition()])
    headers = hook.calls[0].headers
    assert (headers["X-Token"], headers["Authorization"]) == ("Bearer secret", "Basic bWU6c0BmZQ==")
    assert "s@fe" not in str(one) and "me" not in str(one).split()[1]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Webhook("${NOT_SET}"), "NOT_SET is not set: set it, or run with --no-notify"),
        (Webhook("${WORDS}"), "write https://HOST/PATH"),
        (Webhook("http://h/", headers={"X": "${BREAK}"}), "signs that no header may have"),
        (Topic("${WORDS}"), "write arn:aws:sns:REGION:ACCOUNT:NAME"),
    ],
)
def test_what_can_not_be_opened(one: Notified, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORDS", "some words")
    monkeypatch.setenv("BREAK", "a\r\nb")
    with pytest.raises(NotifyError, match=said):
        receiver(one)


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 503])
def test_answers_that_may_be_others_later(hook: Hook, status: int) -> None:
    hook.script = lambda number, call: Answer(status, {"Retry-After": "7", "Location": hook.url})
    with pytest.raises(ReceiverUnavailable, match=f"answers {status}") as caught:
        receiver(Webhook(hook.url)).send([transition()])
    assert not isinstance(caught.value, ReceiverRefused)
    assert caught.value.after == 7
    assert len(hook.calls) == 1  # no redirect is followed


@pytest.mark.parametrize("status", [400, 413, 422])
def test_answers_that_refuse(hook: Hook, status: int) -> None:
    hook.script = lambda number, call: Answer(status)
    with pytest.raises(ReceiverRefused):
        receiver(Webhook(hook.url)).send([transition()])


def test_a_connection_that_is_dropped(hook: Hook) -> None:
    hook.script = lambda number, call: Answer(drop=True)
    with pytest.raises(ReceiverUnavailable, match="out of reach"):
        receiver(Webhook(hook.url)).send([transition()])
    hook.close()
    with pytest.raises(ReceiverUnavailable, match="out of reach"):
        receiver(Webhook(hook.url)).send([transition()])


def test_what_is_wanted() -> None:
    least = Wants(Webhook("http://h", severity="warning", rules=("slow", "silent")))
    assert least(transition()) and least(transition(rule="silent", severity="critical"))
    assert not least(transition(severity="info")) and not least(transition(rule="other"))


class Topics:
    """SNS topics, each with a queue that shows what came."""

    def __init__(self, url: str) -> None:
        more: dict[str, Any] = {"region_name": "eu-central-1", "endpoint_url": url}
        self._sns: Any = boto3.client("sns", **more)
        self._sqs: Any = boto3.client("sqs", **more)
        self.url = url

    def new(self, name: str) -> tuple[str, str]:
        """A topic's ARN and its queue's url."""
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        topic = self._sns.create_topic(Name=name, Attributes=fifo)["TopicArn"]
        queued = {"FifoQueue": "true"} if fifo else {}
        queue = self._sqs.create_queue(QueueName=name, Attributes=queued)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        self._sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"], Attributes={}
        )
        return topic, queue

    def came(self, queue: str) -> list[dict[str, Any]]:
        """What the queue holds."""
        answer = self._sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
        )
        return list(answer.get("Messages", ()))


@pytest.fixture
def topics(moto: Kinesis) -> Topics:
    return Topics(moto.url)


def publish(topics: Topics, topic: str, told: list[Transition]) -> None:
    receiver(Topic(topic, endpoint_url=topics.url)).send(told)


def test_sns(topics: Topics) -> None:
    topic, queue = topics.new("alerts")
    publish(topics, topic, [transition(document=document())])
    (message,) = topics.came(queue)
    body = json.loads(message["Body"])
    assert json.loads(body["Message"])["key"] == "e1:1"
    values = {name: value["Value"] for name, value in body["MessageAttributes"].items()}
    assert values == {"transition": "fired", "severity": "warning", "rule": "slow", "pipeline": "plant"}


def test_a_fifo_topic_drops_what_comes_twice(topics: Topics) -> None:
    topic, queue = topics.new("alerts.fifo")
    told = [transition("e1"), transition("e1", 2), transition("ä b")]
    publish(topics, topic, told)
    publish(topics, topic, told)
    came = topics.came(queue)
    assert [json.loads(json.loads(one["Body"])["Message"])["key"] for one in came] == [
        one.key for one in told
    ]
    assert came[0]["Attributes"]["MessageGroupId"] == "e1"
    assert came[0]["Attributes"]["MessageDeduplicationId"] == "e1:1"


def test_a_message_that_is_too_large_goes_without_its_document(topics: Topics) -> None:
    topic, queue = topics.new("large")
    publish(topics, topic, [transition(document=document(reason="x" * 300_000))])
    (message,) = topics.came(queue)
    assert json.loads(json.loads(message["Body"])["Message"])["document"] == {}


def test_a_topic_that_is_not_there(topics: Topics) -> None:
    with pytest.raises(ReceiverUnavailable, match="SNS topic gone") as caught:
        publish(topics, "arn:aws:sns:eu-central-1:123456789012:gone", [transition()])
    assert not isinstance(caught.value, ReceiverRefused)


def test_sns_out_of_reach(topics: Topics) -> None:
    one = receiver(Topic("arn:aws:sns:eu-central-1:123456789012:a", endpoint_url="http://127.0.0.1:9"))
    with pytest.raises(ReceiverUnavailable, match="SNS topic a"):
        one.send([transition()])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
