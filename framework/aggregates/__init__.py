"""The aggregates: mergeable, one a file."""

from framework.aggregates.base import Aggregate, LongAggregate, WideAggregate
from framework.aggregates.count import Count
from framework.aggregates.distinct import Distinct
from framework.aggregates.first import First
from framework.aggregates.last import Last
from framework.aggregates.max import Max
from framework.aggregates.mean import Mean
from framework.aggregates.min import Min
from framework.aggregates.percentile import Percentile
from framework.aggregates.std import Std
from framework.aggregates.sum import Sum

REGISTRY: dict[str, Aggregate] = {
    aggregate.name: aggregate
    for aggregate in (Count(), Sum(), Mean(), Min(), Max(), Std(), Percentile(), Distinct(), First(), Last())
}


def get(name: str) -> Aggregate:
    """The aggregate of a name."""
    return REGISTRY[name]


def wide(name: str) -> WideAggregate:
    """The aggregate of a name, whose state stands in columns."""
    aggregate = REGISTRY[name]
    assert isinstance(aggregate, WideAggregate)
    return aggregate


def sketch(name: str) -> LongAggregate:
    """The aggregate of a name, whose state has rows of its own."""
    aggregate = REGISTRY[name]
    assert isinstance(aggregate, LongAggregate)
    return aggregate


__all__ = ["REGISTRY", "Aggregate", "LongAggregate", "WideAggregate", "get", "sketch", "wide"]
