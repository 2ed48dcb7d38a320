"""YAML text to nodes with exact places, and nothing resolved behind the author's back."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from framework.definitions.diagnostics import Diagnostic, Span

LARGEST = 2_000_000
DEEPEST = 20


@dataclass(frozen=True)
class Source:
    """One file: its path as shown, and its text."""

    path: str
    text: str

    def span(self, node: yaml.Node) -> Span:
        """Where a node stands: its first line only."""
        start, end = node.start_mark, node.end_mark
        last = end.column if end.line == start.line else len(self.line(start.line + 1))
        return Span(self.path, start.line + 1, start.column + 1, max(last + 1, start.column + 2))

    def line(self, number: int) -> str:
        """A line of the text, from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if number <= len(lines) else ""


def compose(source: Source) -> tuple[yaml.MappingNode | None, list[Diagnostic]]:
    """The file's mapping, or None, and what is wrong with it as YAML."""
    if len(source.text) > LARGEST:
        return None, [_whole(source, "yaml/too-big", "the file is larger than 2 MB", "one definition a file")]
    try:
        documents = list(_composed(source.text))
    except yaml.MarkedYAMLError as error:
        return None, [_marked(source, error)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return None, [
            _whole(
                source, "yaml/unreadable", f"this is no YAML: {text}", "remove what is no text from the file"
            )
        ]
    if not documents:
        return None, [
            _whole(
                source,
                "yaml/empty",
                "the file is empty",
                "start with the kind: kpi, zones, pipeline or calendar",
            )
        ]
    if len(documents) > 1:
        return None, [
            Diagnostic(
                source.span(documents[1]),
                "yaml/several",
                "a second document begins here",
                "one definition a file: remove '---' and move this to its own file",
            )
        ]
    root = documents[0]
    if not isinstance(root, yaml.MappingNode):
        return None, [
            Diagnostic(
                source.span(root),
                "yaml/no-mapping",
                "a definition is a mapping of keys to values",
                "start with the kind, such as: kpi: my_kpi",
            )
        ]
    problems = _walk(source, root)
    return (None if any(one.severity == "error" for one in problems) else root), problems


class _Loader(yaml.SafeLoader):
    """Composes only. An alias is remembered as an event, so that it can be refused at its place."""


def _composed(text: str) -> list[yaml.Node]:
    aliases = [
        event for event in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)
    ]
    if aliases:
        raise yaml.MarkedYAMLError(
            problem="an alias (*) is not supported", problem_mark=aliases[0].start_mark
        )
    loader = _Loader(text)
    nodes = []
    try:
        while loader.check_node():  # type: ignore[no-untyped-call]
            nodes.append(loader.get_node())  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]
    return nodes


def _walk(source: Source, root: yaml.MappingNode) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    waiting: list[tuple[yaml.Node, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            found.append(Diagnostic(source.span(node), "yaml/too-deep", "nested too deeply"))
            continue
        if node.tag and not node.tag.startswith("tag:yaml.org,2002:"):
            found.append(
                Diagnostic(source.span(node), "yaml/tag", f"the tag {node.tag} is not supported", "remove it")
            )
        if isinstance(node, yaml.MappingNode):
            found += _keys(source, node)
            waiting += [(value, depth + 1) for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, depth + 1) for item in node.value]
    return found


def _keys(source: Source, node: yaml.MappingNode) -> list[Diagnostic]:
    found, seen = [], {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            found.append(
                Diagnostic(source.span(key), "yaml/key", "a key is a plain word", "write: key: value")
            )
        elif key.value == "<<":
            found.append(
                Diagnostic(
                    source.span(key), "yaml/merge", "a merge (<<) is not supported", "write the keys out"
                )
            )
        elif key.value in seen:
            line = seen[key.value]
            found.append(
                Diagnostic(
                    source.span(key),
                    "yaml/duplicate-key",
                    f"'{key.value}' is here twice; first on line {line}",
                    "keep one of them",
                )
            )
        else:
            seen[key.value] = key.start_mark.line + 1
    return found


def _marked(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = source.text.split("\n")
    if line > len(lines) or (line == len(lines) and not lines[-1] and line > 1):
        line, column = max(len(lines) - (not lines[-1]), 1), 1
    problem = (error.problem or "invalid YAML").replace("\t", "\\t")
    hint = "indent with spaces, and put text with ': ' or '#' in quotes"
    if "\\t" in problem or "tab" in problem or "\t" in source.line(line)[:column]:
        hint = "a tab can't indent: use spaces"
    elif "alias" in problem:
        hint = "write the value out; a text that begins with * goes in quotes"
    return Diagnostic(Span(source.path, line, column, column + 1), "yaml/syntax", problem, hint)


def _whole(source: Source, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(Span(source.path, 1, 1, 2), code, message, hint)
