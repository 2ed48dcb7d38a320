"""Receivers that fail in every way: what they get in the end, and that nobody waits for them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from framework.definitions.notify import Webhook
from framework.notify.base import Receiver
from framework.notify.receivers.address import Address
from framework.notify.receivers.opening import Wants
from framework.notify.receivers.webhook import PlainWebhook
from framework.notify.sender import Sender
from framework.notify.transition import Transition
from framework.state import Commit, FolderStore
from tests.notify.hook import OK, Answer, Call, Hook
from tests.notify.made import commit, transition, wait_for

Opened = Callable[..., Sender]


def webhook(hook: Hook, name: str = "r", timeout: float = 10.0) -> PlainWebhook:
    return PlainWebhook(name, Address("webhook", hook.url, {}, timeout), "plant")


@pytest.fixture
def opened(store: FolderStore) -> Iterator[Opened]:
    """Opens senders that try again quickly, from the commit of nothing, and closes them."""
    senders = []

    def open_(*receivers: Receiver, begin: Commit | None = None, **more: float) -> Sender:
        settings = {"patience": 10.0, "first_wait": 0.01} | more
        every = Wants(Webhook(""))
        sender = Sender(store, [(one, every) for one in receivers], **settings)  # type: ignore[arg-type]
        sender.begin(begin or Commit.nothing("d"))
        senders.append(sender)
        return sender

    yield open_
    for sender in senders:
        sender.patience = 0.0
        sender.close()


def tell(sender: Sender, store: FolderStore, ticks: int, first: int = 1) -> list[str]:
    """Commits with a transition each of the episodes e0, e1 and e2; all their keys."""
    told = [transition(f"e{tick % 3}", tick) for tick in range(first, first + ticks)]
    for tick, one in enumerate(told, first):
        sender.committed(commit(store, tick, [one]))
    return [one.key for one in told]


def faults(*answers: Answer) -> Callable[[int, Call], Answer]:
    """These answers, one a call, and then none but good ones."""
    return lambda number, call: answers[number] if number < len(answers) else OK


def test_all_comes_in_order(hook: Hook, store: FolderStore, opened: Opened) -> None:
    sender = opened(webhook(hook))
    keys = tell(sender, store, 30)
    sender.close()
    assert hook.keys == keys
    (figures,) = sender.figures()
    assert (figures.sent, figures.failed, figures.waiting) == (30, 0, 0)
    assert store.names("outbox/") == ["outbox/cursors/r.json"]


@pytest.mark.parametrize(
    "fault",
    [Answer(500), Answer(429), Answer(404), Answer(302), Answer(drop=True), Answer(400)],
    ids=["500", "429", "404", "302", "drop", "400"],
)
def test_what_fails_is_sent_again_and_told_once(
    hook: Hook, store: FolderStore, opened: Opened, fault: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = faults(*[fault] * 4)
    sender = opened(webhook(hook))
    with caplog.at_level(logging.WARNING, "sortline.notify"):
        sender.committed(commit(store, 1, [transition("e1")]))
        wait_for(lambda: len(hook.calls) > 4)
        keys = ["e1:1", *tell(sender, store, 5, first=2)]
        sender.close()
    assert list(dict.fromkeys(hook.keys)) == keys
    assert [one.message.partition(" ")[0] for one in caplog.records] == ["webhook", "webhook"]
    assert "trying again" in caplog.records[0].message
    assert "takes notifications again" in caplog.records[1].message
    assert sender.figures()[0].failed == 4


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(
    hook: Hook, store: FolderStore, opened: Opened
) -> None:
    times: list[float] = []

    def script(number: int, call: Call) -> Answer:
        times.append(time.monotonic())
        return Answer(503, {"Retry-After": "1"}) if number == 0 else OK

    hook.script = script
    sender = opened(webhook(hook))
    tell(sender, store, 1)
    wait_for(lambda: len(times) == 2)
    assert times[1] - times[0] >= 1


def test_a_receiver_that_hangs_holds_up_nobody(hook: Hook, store: FolderStore, opened: Opened) -> None:
    hanging = Hook(lambda number, call: Answer(hang=True))
    try:
        sender = opened(webhook(hanging, "h", timeout=3_600), webhook(hook))
        tell(sender, store, 1)
        wait_for(lambda: hanging.calls)
        keys = ["e1:1", *tell(sender, store, 50, first=2)]
        wait_for(lambda: hook.keys == keys)
        wait_for(lambda: {one.receiver: one.waiting for one in sender.figures()} == {"h": 51, "r": 0})
        sender.patience = 0.1
        sender.close()
    finally:
        hanging.close()
    hook.calls, hook.taken = [], []
    later = opened(webhook(hook, "h"), begin=commit(store, 51, []))
    later.close()
    assert hook.keys == keys


def test_a_receiver_that_is_slow_to_answer_is_asked_again(
    hook: Hook, store: FolderStore, opened: Opened
) -> None:
    hook.script = faults(Answer(hang=True))
    sender = opened(webhook(hook, timeout=0.2))
    keys = tell(sender, store, 3)
    wait_for(lambda: list(dict.fromkeys(hook.keys)) == keys)


def test_one_that_is_refused_does_not_hold_up_the_others(
    hook: Hook, store: FolderStore, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = lambda number, call: Answer(400 if "e1:4" in keys_of(call) else 200)
    sender = opened(webhook(hook))
    told = [transition(f"e{n % 3}", n) for n in range(10)]
    sender.committed(commit(store, 1, told))
    sender.close()
    assert hook.keys == [one.key for one in told if one.key != "e1:4"]
    assert "notification e1:4 is passed over" in caplog.text
    assert (sender.figures()[0].sent, sender.figures()[0].refused) == (9, 1)


def test_one_that_is_refused_alone_waits_until_another_is_taken(
    hook: Hook, store: FolderStore, opened: Opened
) -> None:
    hook.script = lambda number, call: Answer(422 if "bad:1" in keys_of(call) else 200)
    sender = opened(webhook(hook))
    sender.committed(commit(store, 1, [transition("bad")]))
    wait_for(lambda: len(hook.calls) > 3)
    assert sender.figures()[0].waiting == 1
    sender.committed(commit(store, 2, [transition("good")]))
    sender.close()
    assert hook.keys == ["good:1"]


def test_a_batch_that_is_too_large_is_sent_one_by_one(hook: Hook, store: FolderStore, opened: Opened) -> None:
    hook.script = lambda number, call: Answer(413 if len(keys_of(call)) > 1 else 200)
    sender = opened(webhook(hook))
    told = [transition("e", n) for n in range(1, 6)]
    sender.committed(commit(store, 1, told))
    sender.close()
    assert hook.keys == [one.key for one in told]


def test_a_receiver_with_a_fault_of_its_own_is_tried_again(store: FolderStore, opened: Opened) -> None:
    class Faulty:
        name, most = "r", 10
        told: list[str] = []  # noqa: RUF012
        tries = 0

        def send(self, transitions: Sequence[Transition]) -> None:
            self.tries += 1
            if self.tries < 3:
                raise ZeroDivisionError
            self.told += [one.key for one in transitions]

    faulty = Faulty()
    sender = opened(faulty)
    keys = tell(sender, store, 5)
    sender.close()
    assert faulty.told == keys


def test_what_is_left_at_the_end_waits_for_the_next_run(
    hook: Hook, store: FolderStore, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = lambda number, call: Answer(503)
    sender = opened(webhook(hook), patience=0.2)
    keys = tell(sender, store, 4)
    sender.close()
    assert "4 notifications for webhook 127.0.0.1" in caplog.text
    hook.script = lambda number, call: OK
    opened(webhook(hook), begin=commit(store, 4, [])).close()
    assert hook.keys == keys


def test_a_receiver_that_was_down_for_long_has_lost_the_oldest(
    hook: Hook, store: FolderStore, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = lambda number, call: Answer(503)
    sender = opened(webhook(hook), most=10)
    keys = tell(sender, store, 30)
    hook.script = lambda number, call: OK
    sender.close()
    assert hook.keys == keys[-len(hook.keys) :]
    figures = sender.figures()[0]
    assert len(hook.keys) + figures.dropped == 30 and figures.dropped >= 20
    assert "the oldest" in caplog.text
    # The first may be dropped before the outage is noticed.
    told = re.search(r"takes notifications again; (\d+) were dropped", caplog.text)
    assert told and 0 < int(told[1]) <= figures.dropped


def test_severities_and_rules(hook: Hook, store: FolderStore) -> None:
    other = Hook()
    try:
        wants = [Webhook("", severity="critical"), Webhook("", rules=("silent",))]
        receivers = [webhook(hook, "r"), webhook(other, "s")]
        sender = Sender(store, list(zip(receivers, map(Wants, wants), strict=True)))
        sender.begin(Commit.nothing("d"))
        told = [
            transition("e1"),
            transition("e1", 2, severity="critical"),
            transition("e2", rule="silent"),
        ]
        sender.committed(commit(store, 1, told))
        sender.close()
        assert (hook.keys, other.keys) == (["e1:2"], ["e2:1"])
    finally:
        other.close()


def keys_of(call: Call) -> list[str]:
    return [one["key"] for one in call.body["transitions"]]
