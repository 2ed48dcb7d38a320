"""Items made ahead: the same, in order, and what goes wrong is seen."""

from __future__ import annotations

import threading

import pytest

from framework.pipeline.ahead import ahead


def test_the_same_items_in_order() -> None:
    assert list(ahead(iter(range(500)))) == list(range(500))
    assert list(ahead([])) == []


def test_what_the_making_raises_is_raised_after_the_items_before_it() -> None:
    def items():
        yield 1
        raise ValueError("broken")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)


def test_a_reader_that_stops_early_ends_the_thread() -> None:
    found = ahead(iter(range(10_000)))
    assert next(found) == 0
    found.close()
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(timeout=5)
            assert not thread.is_alive()
