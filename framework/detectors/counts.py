"""The signed root of the deviance of binomial and Poisson counts, and the count that has a given one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework.detectors.base import Bools, Floats

_STEPS = 3
_LEAST = 1e-12
_NEAR = 0.01  # a root so near to 0 is not made better


@dataclass(frozen=True)
class Law:
    """What is usual of each key's count: `trials` with a chance of `share` each, or, where `binomial` is
    false, a Poisson count of mean `trials * share`. Both are above 0, and a binomial share is below 1."""

    trials: Floats
    share: Floats
    binomial: Bools

    @property
    def mean(self) -> Floats:
        """The mean count."""
        return self.trials * self.share

    def root(self, count: Floats) -> Floats:
        """The signed root of the deviance: where chance rules, nearly a standard normal figure.

        `count` is at least 0, and at most `trials` where the law is binomial.

        >>> law = Law(np.array([2.0, 1.0]), np.array([0.5, 1.0]), np.array([True, False]))
        >>> law.root(np.array([1.0, 1.0])), law.root(np.array([0.0, 0.0])).round(3)
        (array([0., 0.]), array([-1.665, -1.414]))
        """
        mean = self.mean
        rest = np.where(self.binomial, self.trials - count, 1.0)
        rest_mean = np.where(self.binomial, self.trials * (1 - self.share), 1.0)
        other = np.where(self.binomial, _entropy(rest, rest_mean), mean - count)
        size: Floats = np.sqrt(2 * np.maximum(_entropy(count, mean) + other, 0.0))
        return np.where(count < mean, -size, size)

    def at(self, root: Floats) -> Floats:
        """The count that has a signed root; NaN where the law has none, such as fewer than no count.

        >>> law = Law(np.array([100.0]), np.array([0.2]), np.array([True]))
        >>> law.root(law.at(np.array([-3.0]))).round(6), law.at(np.array([-7.0]))
        (array([-3.]), array([nan]))
        """
        mean, binomial = self.mean, self.binomial
        most = np.where(binomial, self.trials, math.inf)
        skew = np.where(binomial, 1 - 2 * self.share, 1.0)
        spread = np.sqrt(mean * np.where(binomial, 1 - self.share, 1.0))
        rest_mean = np.where(binomial, self.trials * (1 - self.share), 1.0)
        count = mean + root * spread + skew * root * root / 6
        near = np.abs(root) < _NEAR
        for _ in range(_STEPS):  # of Newton's; a deviance and its slope have their logarithms in common
            count = np.clip(count, mean * 1e-6, most)
            rest = np.where(binomial, np.maximum(self.trials - count, rest_mean * 1e-6), 1.0)
            log, rest_log = np.log(count / mean), np.log(rest / rest_mean)
            deviance = count * log + np.where(binomial, rest * rest_log, mean - count)
            found = np.sqrt(2 * np.maximum(deviance, _LEAST)) * np.sign(root)
            flat = near | (log == rest_log)
            count = count - (found - root) * found / np.where(flat, math.inf, log - rest_log)
        end = np.where(binomial & (root > 0), self.trials, 0.0)
        beyond = np.abs(root) > np.abs(self.root(end))
        return np.where(beyond & ((root < 0) | binomial), math.nan, np.clip(count, 0.0, most))


def _entropy(count: Floats, mean: Floats) -> Floats:
    """`count * log(count / mean)`, 0 where there is no count."""
    some = count > 0
    found: Floats = count * np.log(np.where(some, count, 1.0) / np.where(some, mean, 1.0))
    return found
