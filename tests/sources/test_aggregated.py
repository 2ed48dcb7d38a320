"""Records of the Kinesis Producer Library: unpacked, or kept whole when they are broken."""

from __future__ import annotations

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.sources.kinesis.aggregated import MAGIC, payloads
from tests.services.kinesis import Kinesis
from tests.sources.kinesis_streams import Run, again, client, make


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def packed(data: list[bytes], *, tags: bool = False) -> bytes:
    """What the library sends."""
    message = b"".join(field(1, key) for key in (b"a", b"b")) + field(2, b"12345")
    for place, one in enumerate(data):
        tag = field(4, field(1, b"key") + field(2, b"value")) if tags else b""
        message += field(3, field(1, place % 2) + field(2, 0) + field(3, one) + tag)
    return MAGIC + message + md5(message).digest()


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=20), st.booleans())
def test_what_is_packed_is_unpacked(data: list[bytes], tags: bool) -> None:
    assert payloads(packed(data, tags=tags)) == data


@given(st.binary(max_size=300))
def test_anything_else_stays_whole(data: bytes) -> None:
    assert payloads(data) is None
    assert payloads(MAGIC + data) is None
    message = data
    got = payloads(MAGIC + message + md5(message).digest())
    assert got is None or all(isinstance(one, bytes) for one in got)


@pytest.mark.parametrize(
    "data",
    [
        MAGIC,
        packed([b"x"])[:-1],
        packed([b"x" * 100])[:60],
        packed([]),
        MAGIC + b"\xff" * 12 + md5(b"\xff" * 12).digest(),
        b"",
    ],
)
def test_broken(data: bytes) -> None:
    assert payloads(data) is None


def test_packed_records_in_a_stream(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    broken = packed([b"9"])[:-1] + b"?"
    sent = [packed([b"%d" % n for n in range(10)]), b"plain", broken, packed([b"10", b"11"]), b""]
    for data in sent[:4]:
        client(kinesalite.url).put_record(StreamName=stream, Data=data, PartitionKey="a")
    run = Run.of(kinesalite.url, stream, most=4)
    sequences = []
    while not run.ranges or not run.ranges[-1].tip:
        for wanted in run.tick():
            assert wanted.end.isdigit()
            sequences += [name for batch in run.source.reader().read(wanted) for name in batch.sequences]
    assert [wanted.count for wanted in run.ranges] == [10, 4]
    assert next(iter(run.payloads.values())) == [
        *(b"%d" % n for n in range(10)),
        b"plain",
        broken,
        b"10",
        b"11",
    ]
    assert [name.partition(":")[2] for name in sequences] == [*map(str, range(10)), "", "", "0", "1"]
    assert again(run) == run.all
