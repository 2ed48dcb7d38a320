"""YAML text to nodes with exact places, and nothing resolved behind the author's back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.syntax import explain
from framework.definitions.text import Source

DEEPEST = 20
_KINDS = "kpi, rule, zones, pipeline or calendar"


@lru_cache(maxsize=2_048)
def compose(source: Source) -> tuple[yaml.MappingNode | None, tuple[Diagnostic, ...]]:
    """The file's mapping, or None where it can't be read on, and what is wrong with it as YAML."""
    if source.problem is not None:
        return None, (source.problem,)
    loader: _Loader | None = None
    try:
        loader = _Loader(source)
        root = loader.get_node() if loader.check_node() else None
        more = loader.more() if root is not None else None
    except yaml.YAMLError as error:
        return None, (*(loader.found if loader else ()), explain(source, error))
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        return _nothing(source, "yaml/empty", "the file is empty", f"start with the kind: {_KINDS}")
    if more is not None:
        mark: Any = more.start_mark
        place = source.place(mark.line + 1, mark.column + 1)
        hint = "one definition a file: remove '---' and move this to its own file"
        return None, (Diagnostic(place, "yaml/several", "a second document begins here", hint),)
    if isinstance(root, yaml.ScalarNode) and not root.value:
        return _nothing(source, "yaml/empty", "the file is empty", f"start with the kind: {_KINDS}")
    if not isinstance(root, yaml.MappingNode):
        message = "a definition is a mapping of keys to values"
        hint = "start with the kind, such as: kpi: my_kpi"
        return None, (Diagnostic(source.span(root), "yaml/no-mapping", message, hint),)
    return (None if loader.lost else root), tuple(loader.found)


class _Loader(yaml.SafeLoader):
    """Composes only. What would give a value from elsewhere is noted and left out.

    `lost` tells that a value was left out, so that no more can be said about the file.
    """

    def __init__(self, source: Source) -> None:
        self.found: list[Diagnostic] = []
        self.lost = False
        self._source = source
        self._depth = 0
        super().__init__(source.text)

    def more(self) -> yaml.Event | None:
        """The beginning of a second document, if there is one."""
        return self._peek() if self.check_node() else None

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event: Any = self._peek()
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            self.lost = True
            hint = "write the value out; a text that begins with * goes in quotes"
            self._note(event, "yaml/alias", f"an alias (*{event.anchor}) is not supported", hint)
            start: Any = event.start_mark
            return yaml.ScalarNode("", "", start, start)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            hint = "remove it; a text that begins with & goes in quotes"
            self._note(event, "yaml/anchor", f"an anchor (&{event.anchor}) is not supported", hint)
            event.anchor = None
        tag = getattr(event, "tag", None)
        if tag is not None:
            hint = "remove it; a text that begins with ! goes in quotes"
            self._note(event, "yaml/tag", f"a tag ({_tag(tag)}) is not supported", hint)
            event.tag, event.implicit = None, (True, False)
        if self._depth >= DEEPEST:
            raise yaml.MarkedYAMLError(problem="too deep", problem_mark=event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self._depth -= 1
        if isinstance(node, yaml.MappingNode):
            node.value = self._unique(node)
        return node

    def _unique(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        kept: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.lost = True
                hint = "write: key: value; a text that begins with { or [ goes in quotes"
                self._note(key, "yaml/key", "a key is a plain word", hint)
            elif key.value == "<<" and key.style is None:
                self._note(key, "yaml/merge", "a merge (<<) is not supported", "write the keys out")
            elif key.value in kept:
                first = kept[key.value][0].start_mark.line + 1
                message = f"'{key.value}' is here twice; first on line {first}"
                self._note(key, "yaml/duplicate-key", message, "keep one of them")
            else:
                kept[key.value] = key, value
        return list(kept.values())

    def _peek(self) -> Any:
        return self.peek_event()  # type: ignore[no-untyped-call]

    def _note(self, marked: Any, code: str, message: str, hint: str) -> None:
        start, end = marked.start_mark, marked.end_mark
        at = self._source.place(start.line + 1, start.column + 1)
        if isinstance(marked, yaml.ScalarNode) and end.line == start.line:
            at = Span(at.path, at.line, at.column, max(end.column + 1, at.end_column))
        self.found.append(Diagnostic(at, code, message, hint))


def _tag(tag: str) -> str:
    return "!!" + tag.removeprefix("tag:yaml.org,2002:") if tag.startswith("tag:yaml.org,2002:") else tag


def _nothing(source: Source, code: str, message: str, hint: str) -> tuple[None, tuple[Diagnostic, ...]]:
    return None, (Diagnostic(Span(source.path, 1, 1, 2), code, message, hint),)
