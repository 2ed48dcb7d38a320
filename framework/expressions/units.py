"""Units of measurement: enough algebra to catch milliseconds added to seconds."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

_TIME = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "d": 86_400.0}
_MASS = {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "t": 1000.0}
_LENGTH = {"m": 1.0, "km": 1000.0, "cm": 1e-2, "mm": 1e-3}
_SYMBOLS = {"length": _LENGTH, "mass": _MASS, "time": _TIME}  # the first ones are preferred in messages
_SYNONYMS = {"µs": "us", "μs": "us", "sec": "s", "hr": "h", "day": "d", "days": "d"}
_SYNONYMS |= {f"{name}{plural}": name[0] for name in ("second", "hour") for plural in ("", "s")}
_SYNONYMS |= {"minute": "min", "minutes": "min", "mins": "min", "hrs": "h", "secs": "s"}
_BASES = {name: (base, scale) for base, names in _SYMBOLS.items() for name, scale in names.items()}
_BASES |= {name: _BASES[meant] for name, meant in _SYNONYMS.items()}
_TOKEN = re.compile(r"([^\s/*·^²³]+)(?:\^?(-?\d)|([²³]))?")
_POWERS = {"²": 2, "³": 3}


@dataclass(frozen=True)
class Unit:
    """A scale over powers of base dimensions. Words it does not know count things: no dimension.

    `factor` is what literals have multiplied the value with since: dividing milliseconds by 1000 may
    just scale them, or may make seconds of them, so such a value passes for either.
    """

    scale: float = 1.0
    powers: tuple[tuple[str, int], ...] = ()
    factor: float = 1.0

    def __mul__(self, other: Unit) -> Unit:
        return _combined(self, other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combined(self, other, -1)

    def __pow__(self, exponent: int) -> Unit:
        unit = NUMBER
        for _ in range(abs(exponent)):
            unit = _combined(unit, self, 1 if exponent > 0 else -1)
        return unit

    def root(self) -> Unit | None:
        """The unit of the square root; None where there is none."""
        if any(power % 2 for _, power in self.powers):
            return None
        return Unit(math.sqrt(self.scale), tuple((name, power // 2) for name, power in self.powers))

    def scaled(self, amount: float | None) -> Unit:
        """The unit of a value multiplied by a literal."""
        return Unit(self.scale, self.powers, _sane(self.factor * amount)) if amount else self

    def same(self, other: Unit) -> bool:
        """Whether numbers in one can be added to numbers in the other."""
        return self.powers == other.powers and any(
            math.isclose(mine, theirs, rel_tol=1e-9) for mine in self._scales for theirs in other._scales
        )

    def into(self, other: Unit) -> float | None:
        """What turns numbers in this unit into numbers in the other; None where nothing does."""
        return self.scale / other.scale if self.powers == other.powers else None

    @property
    def _scales(self) -> tuple[float, float]:
        return self.scale, self.scale / abs(self.factor)

    def shown(self) -> str:
        """The unit for a message: `ms`, `km/h`, `1/min`, `a plain number`."""
        if not self.powers:
            plain = math.isclose(self.scale, 1)
            return "a plain number" if plain else f"a plain number times {self.scale:g}"
        if any(abs(power) > 6 for _, power in self.powers):
            return "a unit that has no name"
        choices = [
            [(symbol, scale, power) for symbol, scale in _SYMBOLS[base].items()]
            for base, power in self.powers
        ]
        for chosen in itertools.product(*choices):
            if math.isclose(math.prod(scale**power for _, scale, power in chosen), self.scale, rel_tol=1e-9):
                return _written([(symbol, power) for symbol, _, power in chosen])
        first = _written([(next(iter(_SYMBOLS[base])), power) for base, power in self.powers])
        return f"{self.scale / _first_scale(self):g} {first}"


NUMBER = Unit()


def parse_unit(text: str) -> Unit:
    """The unit of a text such as `ms`, `kg`, `pieces/h`, `km/h`, `m/s^2`, `%`, `1`, ``.

    >>> parse_unit("km/h").shown(), parse_unit("pieces/min").shown(), parse_unit("%").shown()
    ('km/h', '1/min', 'a plain number')
    """
    unit = NUMBER
    for place, piece in enumerate(re.split(r"/|\bper\b", text)):
        factor = NUMBER
        for name, power, superscript in _TOKEN.findall(piece):
            if name in _BASES:
                base, scale = _BASES[name]
                exponent = int(power or _POWERS.get(superscript, 1))
                factor = factor * Unit(scale, ((base, 1),)) ** exponent
        unit = unit / factor if place else unit * factor
    return unit


def per(microseconds: int) -> Unit:
    """One over a stretch of time, as `rate` gives it."""
    return Unit(1e6 / microseconds, (("time", -1),))


def conversion(factor: float) -> str:
    """How to multiply by a factor, in words: `multiply by 60`, `divide by 1000`."""
    return f"multiply by {factor:.12g}" if factor >= 1 else f"divide by {1 / factor:.12g}"


def _combined(a: Unit, b: Unit, sign: int) -> Unit:
    powers = dict(a.powers)
    for name, power in b.powers:
        powers[name] = powers.get(name, 0) + sign * power
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    if sign > 0:
        return Unit(_sane(a.scale * b.scale), kept, _sane(a.factor * b.factor))
    return Unit(_sane(a.scale / b.scale), kept, _sane(a.factor / b.factor))


def _sane(scale: float) -> float:
    # Nobody means a unit like this one: rather no check than an overflow.
    return scale if 1e-150 < abs(scale) < 1e150 else 1.0


def _first_scale(unit: Unit) -> float:
    return math.prod(next(iter(_SYMBOLS[base].values())) ** power for base, power in unit.powers)


def _written(parts: list[tuple[str, int]]) -> str:
    above = "*".join(_power(symbol, power) for symbol, power in parts if power > 0)
    below = "/".join(_power(symbol, -power) for symbol, power in parts if power < 0)
    return f"{above or '1'}/{below}" if below else above


def _power(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{power}"
