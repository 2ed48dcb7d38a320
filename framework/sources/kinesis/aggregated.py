"""Records that the Kinesis Producer Library has packed into one.

The format (https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md):
four magic bytes, a protobuf message, its MD5. Of the message only field 3, the records, and of
those only field 3, the data, is needed here. What does not parse stays whole, to be dead-lettered:
nothing is dropped. The library may send a record twice while a stream is resharded; an event's `id` tells.
"""

from __future__ import annotations

from hashlib import md5

MAGIC = b"\xf3\x89\x9a\xc2"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIELD = 3


def payloads(data: bytes) -> list[bytes] | None:
    """The payloads packed into a record's data, or None when it is a plain or a broken record."""
    if not data.startswith(MAGIC) or len(data) <= len(MAGIC) + 16:
        return None
    message = data[len(MAGIC) : -16]
    if md5(message, usedforsecurity=False).digest() != data[-16:]:
        return None
    try:
        records = [_fields(record) for record in _fields(message)]
    except (IndexError, ValueError):
        return None
    found = [values[-1] for values in records if values]
    return found if found and len(found) == len(records) else None


def _fields(message: bytes) -> list[bytes]:
    """The values of field 3 of a message. Raises `IndexError` or `ValueError` when it is no message."""
    found: list[bytes] = []
    place, size = 0, len(message)
    while place < size:
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
            continue
        if kind == _BYTES:
            length, place = _varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"no such kind of field: {kind}")
        if place + length > size:
            raise ValueError("cut short")
        if tag >> 3 == _FIELD and kind == _BYTES:
            found.append(message[place : place + length])
        place += length
    return found


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("too long a number")
