"""An SNS topic, standard or FIFO."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from framework.notify.base import ReceiverRefused, ReceiverUnavailable
from framework.notify.receivers.plain import plain
from framework.notify.transition import Transition

ARN = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
LARGEST = 240_000  # bytes of a message: SNS takes 256 KiB, its attributes among them
_REFUSED = ("InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid")
_ID = re.compile(r"[!-~]{1,128}")  # what SNS takes for an id


class SnsTopic:
    """Publishes one message a transition, its plain JSON, with attributes for subscriptions' filters.

    Messages to a FIFO topic are in order for each episode, and SNS drops one that comes twice within its
    five minutes. A message larger than SNS takes goes without the document.
    """

    most = 10

    def __init__(
        self,
        name: str,
        topic: str,
        pipeline: str,
        link: str = "",
        region: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self.name, self._topic, self._pipeline, self._link = name, topic, pipeline, link
        self._region, self._endpoint_url = region, endpoint_url
        self._client: Any = None

    def __str__(self) -> str:
        return f"SNS topic {self._topic.rpartition(':')[2]}"

    def send(self, transitions: Sequence[Transition]) -> None:
        """Publish transitions, oldest first. Raises `ReceiverUnavailable`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self._client = self._client or self._opened()
            for transition in transitions:
                client.publish(TopicArn=self._topic, **self._message(transition))
        except ClientError as error:
            said = error.response.get("Error", {})
            text = f"{self} answers {said.get('Code', '')}: {said.get('Message', '')}"
            refused = said.get("Code") in _REFUSED
            raise (ReceiverRefused if refused else ReceiverUnavailable)(text) from None
        except (BotoCoreError, ValueError) as error:
            raise ReceiverUnavailable(f"{self}: {error}") from None

    def _message(self, transition: Transition) -> dict[str, Any]:
        told = plain(transition, self._pipeline, self._link)
        body = msgspec.json.encode(told)
        if len(body) > LARGEST:
            body = msgspec.json.encode(told | {"document": {}, "message": transition.message[:1_000]})
        attributes = {
            "transition": transition.transition,
            "severity": transition.severity,
            "rule": transition.rule,
            "pipeline": self._pipeline,
        }
        message: dict[str, Any] = {
            "Message": body.decode(),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
            },
        }
        if self._topic.endswith(".fifo"):
            message |= {
                "MessageGroupId": _id(transition.id),
                "MessageDeduplicationId": _id(transition.key),
            }
        return message

    def _opened(self) -> Any:
        import boto3
        from botocore.config import Config

        found = ARN.fullmatch(self._topic)
        session: Any = boto3.Session()
        more: dict[str, Any] = {}
        if self._endpoint_url and session.get_credentials() is None:
            more = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}  # an emulator takes any
        # Trying again is the delivery's part.
        config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
        region = self._region or (found[1] if found else None)
        return session.client(
            "sns", region_name=region, endpoint_url=self._endpoint_url, config=config, **more
        )


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()
