"""What goes wrong at the command line, in words for its user."""

from __future__ import annotations


class UserError(Exception):
    """A message for the user, without a stack trace. `code` is the exit code: 1 findings, 2 wrong use."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
