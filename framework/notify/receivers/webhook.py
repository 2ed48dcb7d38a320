"""A webhook that is told of transitions in plain JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from framework.notify.receivers.address import Address
from framework.notify.receivers.plain import plain
from framework.notify.transition import Transition


class PlainWebhook:
    """POSTs `{"pipeline": ..., "transitions": [...]}`, oldest first."""

    most = 100

    def __init__(self, name: str, address: Address, pipeline: str, link: str = "") -> None:
        self.name, self._address, self._pipeline, self._link = name, address, pipeline, link

    def __str__(self) -> str:
        return str(self._address)

    def send(self, transitions: Sequence[Transition]) -> None:
        """Tell of transitions in one call. Raises `ReceiverUnavailable`."""
        told = [plain(transition, self._pipeline, self._link) for transition in transitions]
        self._address.post(msgspec.json.encode({"pipeline": self._pipeline, "transitions": told}))
