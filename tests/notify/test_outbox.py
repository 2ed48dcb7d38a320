"""The queue in the store: nothing committed is lost, nothing else is told, whatever dies when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.notify.outbox import PARTS, TICKS, owner, put
from framework.notify.queue import Queue
from framework.notify.transition import Transition
from framework.state import AlreadyExists, Commit, FolderStore, ObjectStore
from tests.notify.made import commit, transition

NOTHING = Commit.nothing("d")


def everything(one: Transition) -> bool:
    return True


def drained(queue: Queue, receiver: str, most: int = 7) -> list[str]:
    """The keys of all that waits, which is acknowledged."""
    keys = []
    while (taken := queue.take(receiver, most, everything)) is not None:
        keys += [one.key for one in taken.transitions]
        queue.acknowledge(receiver, taken.after)
    return keys


def test_what_is_put_comes_back_in_order_and_in_pieces(store: FolderStore) -> None:
    told = [transition(f"e{n}", message="m" * (n % 700)) for n in range(1_300)]
    told[3] = transition("large", message="x" * 3_000_000)
    segments = put(store, 1, "a1", 0, told)
    assert len(segments) > 4 and sum(one.rows for one in segments) == len(told)
    assert len(store.names(PARTS)) == 1
    queue = Queue(store, ["r"])
    queue.begin(NOTHING)
    queue.committed(commit(store, 1, told))
    assert drained(queue, "r", 100) == [one.key for one in told]


def test_nothing_is_written_for_nothing(store: FolderStore) -> None:
    queue = Queue(store, ["r"])
    queue.begin(NOTHING)
    queue.committed(commit(store, 1, []))
    assert store.names(PARTS) == store.names(TICKS) == []


def test_what_everybody_was_told_is_removed(store: FolderStore) -> None:
    queue = Queue(store, ["r", "s"])
    queue.begin(NOTHING)
    for tick in (1, 2, 3):
        queue.committed(commit(store, tick, [transition(f"e{tick}")]))
    assert drained(queue, "r") == ["e1:1", "e2:1", "e3:1"]
    assert len(store.names(TICKS)) == len(store.names(PARTS)) == 3
    taken = queue.take("s", 2, everything)
    assert taken is not None
    queue.acknowledge("s", taken.after)
    assert len(store.names(TICKS)) == len(store.names(PARTS)) == 1


def test_what_nobody_wants_is_passed_over(store: FolderStore) -> None:
    queue = Queue(store, ["r"])
    queue.begin(NOTHING)
    queue.committed(commit(store, 1, [transition(f"e{n}") for n in range(20)]))
    taken = queue.take("r", 5, lambda one: one.id in ("e3", "e17"))
    assert taken is not None and [one.id for one in taken.transitions] == ["e3", "e17"]
    queue.acknowledge("r", taken.after)
    assert queue.waiting("r") == (0, 0.0)


def test_a_new_receiver_hears_of_what_comes_and_a_known_one_of_what_was_left(store: FolderStore) -> None:
    queue = Queue(store, ["old"])
    queue.begin(NOTHING)
    last = commit(store, 1, [transition("e1")])
    queue.committed(last)
    queue = Queue(store, ["new", "old"])
    queue.begin(last)
    queue.committed(commit(store, 2, [transition("e2")]))
    assert drained(queue, "old") == ["e1:1", "e2:1"]
    assert drained(queue, "new") == ["e2:1"]


def test_without_receivers_nothing_is_kept_and_nothing_told_later(store: FolderStore) -> None:
    queue = Queue(store, ["r"])
    queue.begin(NOTHING)
    first = commit(store, 1, [transition("e1")])
    queue.committed(first)
    quiet = Queue(store, [])
    quiet.begin(first)
    second = commit(store, 2, [transition("e2")])
    quiet.committed(second)
    queue = Queue(store, ["r"])
    queue.begin(second)
    assert drained(queue, "r") == ["e1:1"]
    assert store.names(PARTS) == []


def test_files_of_attempts_that_were_killed_are_removed(store: FolderStore) -> None:
    put(store, 1, "killed", 0, [transition("never")])
    last = commit(store, 1, [transition("e1")])
    put(store, 2, "underway", 0, [transition("later")])
    queue = Queue(store, ["r"])
    queue.begin(last)
    assert [owner(name) for name in store.names(PARTS)] == [(1, "a1"), (2, "underway")]


def test_the_oldest_are_dropped_beyond_a_number(store: FolderStore) -> None:
    queue = Queue(store, ["r", "s"], most=25)
    queue.begin(NOTHING)
    for tick in (1, 2, 3, 4):
        queue.committed(commit(store, tick, [transition(f"e{tick}-{n}") for n in range(10)]))
        drained(queue, "s")
    assert (queue.dropped, queue.waiting("r")[0]) == ({"r": 15, "s": 0}, 25)
    keys = drained(queue, "r")
    assert (keys[0], len(keys)) == ("e2-5:1", 25)


def test_the_oldest_are_dropped_after_a_time(store: FolderStore) -> None:
    now = 1_000_000
    queue = Queue(store, ["r"], longest=1_000, now=lambda: now)
    queue.begin(NOTHING)
    queue.committed(commit(store, 1, [transition("e1")], version=now))
    now += 900
    assert queue.waiting("r") == (1, 0.9)
    queue.committed(commit(store, 2, [transition("e2")], version=now))
    now += 900
    queue.committed(commit(store, 3, [transition("e3")], version=now))
    assert queue.dropped == {"r": 1}
    assert len(store.names(PARTS)) == 2
    assert drained(queue, "r") == ["e2:1", "e3:1"]


def test_on_s3(moto: Any) -> None:
    from tests.services.s3 import Bucket

    store = Bucket(moto.url).store()
    queue = Queue(store, ["r"])
    queue.begin(NOTHING)
    last = commit(store, 1, [transition(f"e{n}") for n in range(600)])
    queue = Queue(store, ["r"])
    queue.begin(last)  # a kill came before its entry
    assert len(drained(queue, "r", 250)) == 600
    assert store.names("outbox/") == ["outbox/cursors/r.json"]


class Killed(BaseException):
    """The process dies here."""


class Memory(ObjectStore):
    """Objects in memory; the process dies before or after the writing that is told."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.left: int | None = None  # writings until death
        self.after = False

    def _write(self, name: str, data: bytes | None) -> None:
        dies = self.left == 0
        self.left = None if self.left is None or dies else self.left - 1
        if dies and not self.after:
            raise Killed
        if data is None:
            self.held.pop(name, None)
        else:
            self.held[name] = data
        if dies:
            raise Killed

    def create(self, name: str, data: bytes) -> None:
        if name in self.held:
            raise AlreadyExists(name)
        self._write(name, data)

    def put(self, name: str, data: bytes) -> None:
        self._write(name, data)

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        return self.held[name][start : None if length is None else start + length]

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.held if name.startswith(prefix))

    def delete(self, name: str) -> None:
        self._write(name, None)


class World:
    """A run that dies and begins again, two receivers, and what they were told."""

    def __init__(self) -> None:
        self.store, self.last = Memory(), NOTHING
        self.committed: list[Transition] = []
        self.told: dict[str, list[str]] = {"r": [], "s": []}
        self.numbers: dict[str, int] = {}
        self.queue = self.begun()

    def begun(self) -> Queue:
        while True:
            queue = Queue(self.store, self.told, now=lambda: 0)
            try:
                queue.begin(self.last)
            except Killed:
                continue
            return queue

    def tick(self, episodes: Iterable[str]) -> None:
        numbers = dict(self.numbers)
        transitions = []
        for episode in episodes:
            numbers[episode] = numbers.get(episode, 0) + 1
            transitions.append(transition(episode, numbers[episode]))
        number = self.last.number + 1
        put(
            self.store, number, f"lost{len(self.store.held)}", 0, transitions
        )  # an attempt that came to nothing
        self.last = commit(self.store, number, transitions, version=number)
        self.committed += transitions
        self.numbers = numbers
        self.queue.committed(self.last)

    def send(self, receiver: str, most: int, taken: bool) -> None:
        found = self.queue.take(receiver, most, everything)
        if found is not None:
            self.told[receiver] += [one.key for one in found.transitions]
            if taken:  # else the answer was lost
                self.queue.acknowledge(receiver, found.after)

    def do(self, step: tuple[Any, ...]) -> None:
        kind, *rest = step
        try:
            match kind:
                case "tick":
                    self.tick(*rest)
                case "send":
                    self.send(*rest)
                case "dies":
                    self.store.left, self.store.after = rest
                case "killed":
                    raise Killed
        except Killed:
            self.queue = self.begun()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.lists(st.sampled_from(["a", "b", "c"]), max_size=6)),
        st.tuples(st.just("send"), st.sampled_from(["r", "s"]), st.integers(1, 5), st.booleans()),
        st.tuples(st.just("dies"), st.integers(0, 6), st.booleans()),
        st.just(("killed",)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_dies_each_receiver_hears_of_all_in_order(steps: list[tuple[Any, ...]]) -> None:
    world = World()
    for step in steps:
        world.do(step)
    world.store.left = None
    world.queue = world.begun()
    for receiver, told in world.told.items():
        told += drained(world.queue, receiver)
        # At first, each was told in the order of the commits: all of them, and nothing else.
        assert list(dict.fromkeys(told)) == [one.key for one in world.committed]
    assert world.store.names(TICKS) == []
    Queue(world.store, world.told, now=lambda: 0).begin(world.last)
    # Those of a tick that is not committed are removed once it is.
    assert all(owner(part)[0] > world.last.number for part in world.store.names(PARTS))
