"""The file source: positions, odd lines, gzip, folders."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pytest

from framework.sources import Range, SourceError, open_source
from framework.sources import files as module

RECORD = b'{"n": %d}'


def read_all(path: Path, most: int = 10**6, chunk: int = 10**6) -> dict[str, list[tuple[str, bytes]]]:
    """Every shard's records with their sequences, read in ranges of `most`."""
    source = open_source(f"file:{path}")
    reader = pickle.loads(pickle.dumps(source.reader()))
    positions: dict[str, str] = {}
    found: dict[str, list[tuple[str, bytes]]] = {}
    while not source.exhausted(positions):
        ranges = source.poll(positions, most)
        for wanted in ranges:
            got = [
                pair
                for batch in reader.read(wanted, chunk)
                for pair in zip(batch.sequences, batch.payloads, strict=True)
            ]
            assert len(got) == wanted.count <= most
            found.setdefault(wanted.shard, []).extend(got)
        positions |= {wanted.shard: wanted.end for wanted in ranges}
    assert all(wanted.tip and not wanted.count for wanted in source.poll(positions, most))
    return found


LINES = {
    "plain": (b"a\nb\n", [("1", b"a"), ("2", b"b")]),
    "no newline at the end": (b"a\nb", [("1", b"a"), ("2", b"b")]),
    "blank lines": (b"\n a\n\n  \t\r\n\nb\n\n", [("2", b" a"), ("6", b"b")]),
    "carriage returns": (b"a\r\nb\r\n", [("1", b"a"), ("2", b"b")]),
    "byte order mark": (b"\xef\xbb\xbfa\nb\n", [("1", b"a"), ("2", b"b")]),
    "byte order mark, then blank": (b"\xef\xbb\xbf\n\nb\n", [("3", b"b")]),
    "only a byte order mark": (b"\xef\xbb\xbf", []),
    "blank at the end": (b"a\n   ", [("1", b"a")]),
    "only blank": (b"\n \n\r\n", []),
    "empty": (b"", []),
    "one long line": (b"x" * 9_000_000 + b"\ny\n", [("1", b"x" * 9_000_000), ("2", b"y")]),
    "long last line": (b"y\n" + b"x" * 9_000_000, [("1", b"y"), ("2", b"x" * 9_000_000)]),
    "bytes that are no text": (b"\xff\x00\n\x80\n", [("1", b"\xff\x00"), ("2", b"\x80")]),
}


@pytest.mark.parametrize("most", [1, 2, 1_000])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("name", LINES)
def test_lines(tmp_path: Path, name: str, zipped: bool, most: int) -> None:
    data, expected = LINES[name]
    path = tmp_path / ("events.ndjson.gz" if zipped else "events.ndjson")
    path.write_bytes(gzip.compress(data) if zipped else data)
    assert read_all(path, most) == ({path.name: expected} if expected or data else {})


@pytest.mark.parametrize("zipped", [False, True])
def test_many_ranges_and_chunks(tmp_path: Path, zipped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 1_000)
    lines = [b"" if n % 97 == 0 else RECORD % n + b" " * (n % 50) for n in range(1, 5_001)]
    expected = [(str(n), line) for n, line in enumerate(lines, 1) if line]
    path = tmp_path / ("events.json.gz" if zipped else "events.json")
    path.write_bytes(gzip.compress(b"\n".join(lines)) if zipped else b"\n".join(lines))
    for most, chunk in [(1, 1), (7, 3), (500, 64), (10_000, 10_000)]:
        if most > 1 or not zipped:
            assert read_all(path, most, chunk)[path.name] == expected


def test_a_folder_is_a_shard_a_file(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(b"1\n2\n3\n")
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(b"1\n"))
    (tmp_path / "notes.txt").write_bytes(b"no events\n")
    (tmp_path / "folder.json").mkdir()
    assert {shard: len(records) for shard, records in read_all(tmp_path, 2).items()} == {
        "a.ndjson.gz": 1,
        "b.jsonl": 3,
    }
    assert [wanted.shard for wanted in open_source(f"file:{tmp_path}").poll({}, 5)] == [
        "a.ndjson.gz",
        "b.jsonl",
    ]


def test_many_files_share_what_a_poll_takes(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.ndjson").write_bytes(b"1\n" * 100)
    ranges = open_source(f"file:{tmp_path}").poll({}, 100)
    assert {wanted.count for wanted in ranges} == {100 * module.SHARDS // 40}
    assert all(len(records) == 100 for records in read_all(tmp_path, 100).values())


@pytest.mark.parametrize("zipped", [False, True])
def test_a_range_reads_alike_again_and_out_of_order(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / ("events.ndjson.gz" if zipped else "events.ndjson")
    data = b"".join(RECORD % n + b"\n" for n in range(1_000))
    path.write_bytes(gzip.compress(data) if zipped else data)
    source = open_source(f"file:{path}")
    first = source.poll({}, 400)[0]
    second = source.poll({path.name: first.end}, 400)[0]
    reader = source.reader()
    payloads = [[p for b in reader.read(wanted) for p in b.payloads] for wanted in (second, first, second)]
    assert payloads[0] == payloads[2] == [RECORD % n for n in range(400, 800)]
    assert payloads[1] == [RECORD % n for n in range(400)]
    assert source.poll({}, 400)[0] == first


def test_polling_counts_whole_blocks(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"".join(RECORD % n + b"\n" for n in range(1_000_000)))
    wanted = open_source(f"file:{path}").poll({}, 10**9)[0]
    assert wanted == Range(
        shard=path.name, start="0:0", end=f"{path.stat().st_size}:1000000", count=1_000_000, tip=True
    )


def problem(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_all(path)
    return str(caught.value)


def test_a_gzip_file_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(RECORD % n + b"\n" for n in range(9_000)))[:-500])
    assert problem(path).startswith(
        f"{path} is no whole gzip file (Compressed file ended"
    ) and "copy it again" in problem(path)


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson.gz"
    data = bytearray(gzip.compress(b"".join(RECORD % n + b"\n" for n in range(9_000))))
    data[2_000:2_100] = bytes(100)
    path.write_bytes(bytes(data))
    assert "is no whole gzip file" in problem(path)
    path.write_bytes(b'{"not": "gzip"}\n')
    assert "is no whole gzip file (Not a gzipped file" in problem(path)


def test_a_file_that_shrank_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"1\n2\n3\n")
    source = open_source(f"file:{path}")
    wanted = source.poll({}, 10)[0]
    path.write_bytes(b"1\n")
    with pytest.raises(SourceError, match="is shorter than when it was first read"):
        list(source.reader().read(wanted))
    with pytest.raises(SourceError, match="is shorter than when it was first read"):
        open_source(f"file:{path}").poll({path.name: wanted.end}, 10)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("file:/nowhere/events.ndjson", "is not there"),
        ("file:", "is no source"),
        ("events.ndjson", "is no source"),
        ("kafka:events", "write file:PATH or kinesis:STREAM"),
    ],
)
def test_what_is_no_source(spec: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        open_source(spec)


def test_a_folder_without_events(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no file with events"):
        open_source(f"file:{tmp_path}")
