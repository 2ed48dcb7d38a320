"""Names that nothing has: what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 12


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that comes closest, if any comes close; the case of letters hardly counts.

    >>> nearest("recjet_rate", ["reject_rate", "throughput"])
    'reject_rate'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        folded = {one.lower(): one for one in names}
        close = [folded[one] for one in difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)]
    return close[0] if close else None


def did_you_mean(name: str, known: Iterable[str], what: str = "there are") -> str:
    """A hint: the nearest name, or which names there are, or nothing when there are none."""
    names = sorted(set(known))
    close = nearest(name, names)
    if close is not None:
        return f"did you mean '{close}'?"
    if not names:
        return ""
    return f"{what}: {', '.join(names[:_MOST])}{', ...' if len(names) > _MOST else ''}"
