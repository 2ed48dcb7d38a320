"""What a check has to say: where, how bad, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of one line of a file. Lines and columns count from 1; `end_column` is exclusive."""

    path: str
    line: int = 1
    column: int = 1
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One finding about the definitions.

    `code` is stable (`kpi/unknown-field`); `message` says what is wrong; `hint` how to mend it.
    """

    at: Span
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def as_json(self) -> dict[str, object]:
        """The finding in the shape that `sortline check --format json` prints."""
        return {
            "path": self.at.path,
            "line": self.at.line,
            "column": self.at.column,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }
