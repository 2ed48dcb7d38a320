"""Units of measurement: enough algebra to catch milliseconds added to seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TIME = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME |= {"second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "hour": 3600.0, "hours": 3600.0, "day": 86400.0, "days": 86400.0}
_MASS = {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1000.0}
_LENGTH = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1000.0}
_BASES = {name: ("time", scale) for name, scale in _TIME.items()}
_BASES |= {name: ("mass", scale) for name, scale in _MASS.items()}
_BASES |= {name: ("length", scale) for name, scale in _LENGTH.items()}
_TOKEN = re.compile(r"([^\s/*·^]+)(?:\^(-?\d))?")


@dataclass(frozen=True)
class Unit:
    """A scale over powers of base dimensions. Words it does not know count things: no dimension."""

    scale: float = 1.0
    powers: tuple[tuple[str, int], ...] = ()
    text: str = ""

    def __mul__(self, other: Unit) -> Unit:
        return _combined(self, other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combined(self, other, -1)

    def same(self, other: Unit) -> bool:
        """Whether numbers in one can be added to numbers in the other."""
        return self.powers == other.powers and abs(self.scale - other.scale) <= 1e-9 * max(self.scale, other.scale)

    def shown(self) -> str:
        """The unit for a message."""
        if self.text:
            return self.text
        if not self.powers:
            return "a plain number"
        return " * ".join(f"{name}^{power}" for name, power in self.powers) + f" (scale {self.scale:g})"


NUMBER = Unit()


def parse_unit(text: str) -> Unit:
    """The unit of a text such as `ms`, `kg`, `parcels/h`, `km/h`, `%`."""
    unit = NUMBER
    for place, piece in enumerate(text.split("/")):
        factor = NUMBER
        for name, power in _TOKEN.findall(piece):
            if name in _BASES:
                base, scale = _BASES[name]
                exponent = int(power or 1)
                factor = factor * Unit(scale**exponent, ((base, exponent),))
        unit = unit / factor if place else unit * factor
    return Unit(unit.scale, unit.powers, text.strip())


def per(microseconds: int, text: str) -> Unit:
    """One over a stretch of time, as `rate` gives it."""
    return Unit(1e6 / microseconds, (("time", -1),), f"1/{text}")


def _combined(a: Unit, b: Unit, sign: int) -> Unit:
    powers = dict(a.powers)
    for name, power in b.powers:
        powers[name] = powers.get(name, 0) + sign * power
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    scale = a.scale * b.scale if sign > 0 else a.scale / b.scale
    text = (a.text if not b.powers and b.scale == 1 else "") or ("" if a.powers or sign < 0 else b.text)
    return Unit(scale, kept, text)
