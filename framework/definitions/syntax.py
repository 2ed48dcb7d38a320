"""What PyYAML says when it can't read on, in an analyst's words and with a cure."""

from __future__ import annotations

import re

import yaml

from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.text import Source, lines_of

_QUOTES = "put the whole text in quotes"
_CURES = (
    (r"too deep", "yaml/too-deep", "nested too deeply", "definitions are never more than a few levels deep"),
    (r"character '\\t'", "yaml/tab", "a tab can't indent", "indent with spaces"),
    (r"character '(.)' that cannot start", "yaml/syntax", r"a text can't begin with '\1'", _QUOTES),
    (r"scanning an alias", "yaml/syntax", "a text can't begin with '*'", _QUOTES),
    (r"scanning an anchor", "yaml/syntax", "a text can't begin with '&'", _QUOTES),
    (r"scanning a tag|tag handle", "yaml/syntax", "a text can't begin with '!'", _QUOTES),
    (r"scanning a directive", "yaml/syntax", "a text can't begin with '%'", _QUOTES),
    (
        r"mapping values are not allowed",
        "yaml/syntax",
        "a ':' is not expected here",
        "check the indentation; a text with ': ' in it goes in quotes",
    ),
    (
        r"sequence entries are not allowed",
        "yaml/syntax",
        "a list can't begin here",
        "begin it on a line of its own; a text that begins with '- ' goes in quotes",
    ),
    (
        r"quoted scalar.*unexpected (end of stream|document)",
        "yaml/syntax",
        "this quote is never closed",
        "close it with the same quote",
    ),
    (
        r"unknown escape character '(.)'|escape sequence",
        "yaml/syntax",
        "a '\\\\' means something inside double quotes",
        "write '\\\\\\\\' for it, or use single quotes",
    ),
    (r"flow sequence.*expected ',' or '\]'", "yaml/syntax", "this '[' is never closed", "close it with ']'"),
    (r"flow mapping.*expected ',' or '\}'", "yaml/syntax", "this '{' is never closed", "close it with '}'"),
    (
        r"expected the node content, but found '(\S)",
        "yaml/syntax",
        r"a value can't begin with '\1'",
        "put a text in quotes; check the brackets",
    ),
    (
        r"could not find expected ':'",
        "yaml/syntax",
        "a ':' is missing on this line",
        "write: key: value, or indent what goes on from the line before",
    ),
    (
        r"expected <block end>, but found '<(scalar|anchor|tag|alias)>'",
        "yaml/syntax",
        "nothing can follow here",
        "put the whole text in quotes, the other kind around those inside it; check the indentation",
    ),
    (
        r"expected <block end>",
        "yaml/syntax",
        "this does not fit what is above it",
        "check the indentation: what belongs together begins in the same column",
    ),
    (
        r"scanning a block scalar",
        "yaml/syntax",
        "after | or > the text begins on the next line",
        "move it there, or put it in quotes",
    ),
)
_VALUE = re.compile(r"""[ \t]*(?:- )?[^"'#]*?[:\-{\[,] *\"""")
# Where the beginning tells more than the place at which the reader gave up.
_AT_START = re.compile(r"never closed|':' is missing")


def explain(source: Source, error: yaml.YAMLError) -> Diagnostic:
    """One reading error as a diagnostic, always at a place within the file."""
    if isinstance(error, yaml.reader.ReaderError):
        return _character(source, error)
    if not isinstance(error, yaml.MarkedYAMLError):
        return Diagnostic(Span(source.path, 1, 1, 2), "yaml/syntax", "this can't be read as YAML")
    unclosed = _unclosed(source, error)
    if unclosed is not None:
        message, hint = "this quote is not closed on its line", "close it with the same quote"
        return Diagnostic(unclosed, "yaml/syntax", message, hint)
    said = f"{error.context or ''}: {error.problem or ''}".replace("\t", "\\t").replace("\0", "end")
    mark = error.problem_mark or error.context_mark
    for pattern, code, message, hint in _CURES:
        found = re.search(pattern, said)
        if found:
            message = found.expand(message)
            if _AT_START.search(message):
                mark = error.context_mark or mark
            return Diagnostic(_place(source, mark), code, message, found.expand(hint))
    hint = "check the indentation and the quotes"
    return Diagnostic(_place(source, mark), "yaml/syntax", f"this can't be read: {error.problem}", hint)


def _unclosed(source: Source, error: yaml.MarkedYAMLError) -> Span | None:
    """A quote that was closed only by the next one, lines below, where the reader then gave up."""
    mark = error.problem_mark
    if mark is None or ("<scalar>" not in (error.problem or "") and "flow" not in (error.context or "")):
        return None
    if not source.line(mark.line + 1)[: mark.column].rstrip().endswith('"'):
        return None
    for number in range(1, mark.line + 1):
        line = source.line(number)
        value = _VALUE.match(line)
        if value and line[value.end() :].count('"') == 0 and line[value.end() - 1] == '"':
            return source.place(number, value.end())
    return None


def _place(source: Source, mark: object) -> Span:
    if not isinstance(mark, yaml.Mark):
        return source.place(1, 1)
    return source.place(mark.line + 1, mark.column + 1)


def _character(source: Source, error: yaml.reader.ReaderError) -> Diagnostic:
    before = lines_of(source.text[: error.position])
    code = error.character if isinstance(error.character, int) else ord(error.character[:1])
    return Diagnostic(
        source.place(len(before), len(before[-1]) + 1),
        "yaml/control-character",
        f"the sign U+{code:04X} is no text",
        "remove it",
    )
