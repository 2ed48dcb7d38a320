"""How the detectors' sentences write figures: as a person says them."""

from __future__ import annotations

import math

_STRETCHES = (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000))


def figure(value: float) -> str:
    """Three significant digits, with separators of thousands.

    >>> [figure(x) for x in (4123.4, 0.012345, 3.0, -1234567, 99.96)]
    ['4,120', '0.0123', '3', '-1,230,000', '100']
    >>> figure(float("nan")), figure(float("inf")), figure(1e300)
    ('an unknown value', 'an infinite value', '1e+300')
    """
    if math.isnan(value):
        return "an unknown value"
    if math.isinf(value):
        return "an infinite value"
    rounded = float(f"{value:.2e}")
    if rounded == 0:
        return "0"
    if abs(value) > 1e20:
        return f"{value:.3g}"
    digits = 2 - math.floor(math.log10(abs(rounded)))
    if digits > 8:
        return f"{rounded:.3g}"
    text = f"{rounded:,.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float, unit: str) -> str:
    """A figure with its unit.

    >>> quantity(5850, "items/h"), quantity(2.5, "%"), quantity(7, "")
    ('5,850 items/h', '2.5%', '7')
    """
    if not math.isfinite(value) or not unit:
        return figure(value)
    return f"{figure(value)}{'' if unit == '%' else ' '}{unit}"


def share(value: float) -> str:
    """A share of 1, in percent.

    >>> share(0.5), share(0.0123), share(float("nan"))
    ('50%', '1.23%', 'an unknown share')
    """
    return f"{figure(100 * value)}%" if math.isfinite(value) else "an unknown share"


def band(lower: float, upper: float) -> str:
    """The bounds in brackets; nothing where there are none.

    >>> band(5200, 6400), band(5200, math.nan), band(math.nan, math.nan)
    (' (band 5,200 to 6,400)', ' (lower bound 5,200)', '')
    """
    low, high = math.isfinite(lower), math.isfinite(upper)
    if low and high:
        return f" (band {figure(lower)} to {figure(upper)})"
    if low or high:
        return f" (lower bound {figure(lower)})" if low else f" (upper bound {figure(upper)})"
    return ""


def count(number: float, one: str, many: str = "") -> str:
    """A number of things.

    >>> count(1, "window"), count(3, "window"), count(2, "key", "keys"), count(math.nan, "peer")
    ('1 window', '3 windows', '2 keys', 'an unknown number of peers')
    """
    many = many or f"{one}s"
    if not math.isfinite(number):
        return f"an unknown number of {many}"
    return f"{figure(number)} {one if number == 1 else many}"


def stretch(microseconds: int) -> str:
    """A length of time.

    >>> stretch(180_000_000), stretch(5_400_000_000), stretch(250_000)
    ('3 min', '90 min', '0.25 s')
    """
    for name, size in _STRETCHES:
        if microseconds >= size and microseconds % size == 0:
            return f"{microseconds // size:,} {name}"
    return f"{figure(microseconds / 1e6)} s"


def compared(value: float, other: float) -> str:
    """How a value stands to another.

    >>> compared(1, 2), compared(2, 1), compared(1, 1), compared(1, math.nan)
    ('below', 'above', 'at', 'beside')
    """
    if math.isnan(value) or math.isnan(other):
        return "beside"
    return "below" if value < other else "above" if value > other else "at"
