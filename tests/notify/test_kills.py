"""`kill -9` of runs that notify, at any moment, then the same command again: all is told, in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from framework.state import Commit, FolderStore, ObjectStore
from framework.state.faults import VARIABLE
from tests.notify.hook import OK, Answer, Call, Hook
from tests.notify.telling import EPISODES, told
from tests.pipeline.events import BEGIN
from tests.pipeline.tiny import tiny
from tests.services.kinesis import Kinesis
from tests.services.s3 import ENVIRONMENT, Bucket

REPOSITORY = Path(__file__).parents[2]
NOTIFY = 'notify: [{webhook: {url: "${HOOK_URL}"}}]\n'


class Place:
    """Definitions that notify the hook, events for three ticks, and runs over them."""

    def __init__(self, folder: Path, hook: Hook) -> None:
        self.folder, self.hook = folder, hook
        with open(tiny(folder / "definitions") / "pipeline.yaml", "a") as file:
            file.write(NOTIFY)
        events = (
            {"id": f"e{n}", "ts": (BEGIN + timedelta(seconds=3 * n)).isoformat(), "machine": "A", "ms": n}
            for n in range(90)
        )
        (folder / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))

    def start(self, *extra: str, kill: str = "", on: Bucket | None = None) -> subprocess.Popen[str]:
        """A run in a process of its own."""
        checkpoint = ["--checkpoint", str(self.folder / "checkpoint")]
        if on:
            checkpoint = ["--checkpoint", f"s3://{on.name}/c", "--checkpoint-endpoint-url", on.url]
        environment = os.environ | ENVIRONMENT | {"HOOK_URL": self.hook.url}
        return subprocess.Popen(
            [
                sys.executable, "-m", "tests.notify.telling", "run", str(self.folder / "definitions"),
                "--source", f"file:{self.folder / 'events.ndjson'}",
                "--sink", f"file:{self.folder / 'out'}", "--batch-records", "35", "--until-end",
                *checkpoint, *extra,
            ],
            cwd=REPOSITORY,
            env=environment | ({VARIABLE: kill} if kill else {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *extra: str, kill: str = "", on: Bucket | None = None) -> tuple[int, str]:
        """What a run returned, and what it said."""
        process = self.start(*extra, kill=kill, on=on)
        _, said = process.communicate(timeout=120)
        return process.returncode, said

    def assert_all_was_told(self, store: ObjectStore) -> None:
        """Each transition of each committed tick, those of an episode in order; and nothing waits."""
        last = last_commit(store)
        assert last.ended
        for episode in EPISODES:
            keys = [one["key"] for one in self.hook.told if one["id"] == episode]
            wanted = [
                one.key for tick in range(1, last.number + 1) for one in told(tick) if one.id == episode
            ]
            assert list(dict.fromkeys(keys)) == wanted
        assert [name for name in store.names("outbox/") if "/cursors/" not in name] == []


def last_commit(store: ObjectStore) -> Commit:
    """The last commit, whoever has the checkpoint."""
    return msgspec.json.decode(store.get(store.names("commits/")[-1]), type=Commit)


@pytest.fixture
def place(tmp_path: Path, hook: Hook) -> Place:
    return Place(tmp_path, hook)


@pytest.fixture
def store(place: Place) -> FolderStore:
    return FolderStore(place.folder / "checkpoint")


@pytest.mark.parametrize("point", ["after_state", "before_commit", "after_commit", "after_cleanup"])
def test_a_kill_around_the_commit(place: Place, store: FolderStore, point: str) -> None:
    assert place.run(kill=f"{point}:2")[0] == -signal.SIGKILL
    assert place.run()[0] == 0
    place.assert_all_was_told(store)


def test_a_kill_right_after_the_last_commit(place: Place, store: FolderStore) -> None:
    place.run(kill="after_commit:3")
    assert place.run()[0] == 0
    place.assert_all_was_told(store)


@pytest.mark.parametrize("answer", [OK, Answer(drop=True)], ids=["taken", "unheard"])
@pytest.mark.parametrize("call", [0, 1])
def test_a_kill_amid_sending(place: Place, store: FolderStore, call: int, answer: Answer) -> None:
    process = None

    def script(number: int, made: Call) -> Answer:
        if number == call and process is not None:
            process.kill()
            process.wait()
            return answer
        return OK

    place.hook.script = script
    process = place.start()
    assert process.wait(timeout=120) == -signal.SIGKILL
    assert place.run()[0] == 0
    place.assert_all_was_told(store)


def test_kills_with_the_checkpoint_on_s3(place: Place, moto: Kinesis) -> None:
    bucket = Bucket(moto.url)
    assert place.run(kill="after_commit:2", on=bucket)[0] == -signal.SIGKILL
    assert place.run(on=bucket)[0] == 0
    place.assert_all_was_told(bucket.store("c"))


def test_a_receiver_that_hangs_or_fails_does_not_keep_ticks_from_their_commits(
    place: Place, store: FolderStore
) -> None:
    place.hook.script = lambda number, call: Answer(hang=True)
    code, said = place.run()
    assert code == 0
    assert "notifications for webhook 127.0.0.1" in said and "wait for the next run" in said
    assert last_commit(store).ended and place.hook.taken == []
    place.hook.script = lambda number, call: OK
    assert place.run()[0] == 0
    place.assert_all_was_told(store)


def test_no_notify_tells_nobody_and_leaves_nothing(place: Place, store: FolderStore) -> None:
    assert place.run("--no-notify")[0] == 0
    assert place.run()[0] == 0
    assert place.hook.calls == []
    assert [name for name in store.names("outbox/") if "/cursors/" not in name] == []


def test_a_variable_that_is_not_set_is_told_before_anything_is_done(place: Place) -> None:
    text = (place.folder / "definitions/pipeline.yaml").read_text().replace("HOOK_URL", "NOT_SET")
    (place.folder / "definitions/pipeline.yaml").write_text(text)
    code, said = place.run()
    assert (code, "NOT_SET is not set: set it, or run with --no-notify" in said) == (1, True)
    assert not (place.folder / "checkpoint").exists()
