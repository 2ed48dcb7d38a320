"""A file to the kind that its first key names, with the values that fit that kind."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path, convert
from framework.definitions.kinds import KINDS
from framework.definitions.names import did_you_mean, nearest
from framework.definitions.nodes import compose
from framework.definitions.repair import repair_pipeline
from framework.definitions.spec import Kind
from framework.definitions.text import Source
from framework.definitions.validate import validate

_FIRST = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*['\"]?([\w-]*)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Dispatched:
    """A file of a kind. `converted` is None where nothing of it can be built; `sure`: of this kind."""

    kind: str
    converted: Converted | None
    sure: bool = True


def dispatch(source: Source, gather: Gather) -> Dispatched | None:
    """The kind and the values of a file; what does not fit is reported and left out. None: not ours."""
    root, problems = compose(source)
    gather.found += problems
    if root is None:
        return _lost(source, gather)
    if not root.value:
        hint = f"start with the kind: {', '.join(KINDS)}"
        gather.add(source.span(root), "yaml/empty", "the definition is empty", hint)
        return None
    name = root.value[0][0].value
    if name not in KINDS:
        other = _unknown_kind(source, root, gather)
        if other is None:
            return _lost(source, gather)
        name = other
    return Dispatched(name, _fitting(KINDS[name], source, root, gather))


def _fitting(kind: Kind, source: Source, root: yaml.MappingNode, gather: Gather) -> Converted | None:
    converted = convert(source, root, kind.body)
    gather.found += converted.notes
    problems = validate(kind, converted)
    if not problems:
        return converted
    gather.found += [diagnostic for _, diagnostic in problems]
    paths = [path for path, _ in problems]
    if kind.name == "pipeline":
        paths = repair_pipeline(converted, paths, gather)
    for path in sorted(paths, key=len, reverse=True):
        if not converted.drop(path):
            break
    keys = [one.name for one in kind.body.fields]
    converted.faulty = {nearest(str(path[0]), keys) or "" for path in paths if path}
    _forget(kind.name, converted, paths, gather)
    if not validate(kind, converted):
        return converted
    if kind.name == "zones":
        gather.words.update(_WORD.findall(source.text))
    if isinstance(converted.value.get(kind.name), str):
        gather.lost.add(converted.value[kind.name])
    return None


def _forget(kind: str, converted: Converted, paths: list[Path], gather: Gather) -> None:
    """Names that the file would have given: nothing is said of them any more."""
    if kind == "zones":
        gather.lost.update(str(path[-1]) for path in paths if "set" in path)
    name = converted.value.get(kind) if isinstance(converted.value, dict) else None
    if kind == "kpi" and isinstance(name, str) and {("value",), ("where",), ()} & set(paths):
        gather.lost.add(name)


def _lost(source: Source, gather: Gather) -> Dispatched | None:
    found = next((one for one in _FIRST.finditer(source.text)), None)
    kind = nearest(found[1], KINDS) if found else None
    if kind == "zones":
        gather.words.update(_WORD.findall(source.text))
    elif found:
        gather.lost.add(found[2])
    return Dispatched(kind, None, found is not None and found[1] == kind) if kind else None


def _unknown_kind(source: Source, root: yaml.MappingNode, gather: Gather) -> str | None:
    first = root.value[0][0]
    keys = [key.value for key, _ in root.value]
    other = next((name for name in ("rule", *KINDS) if name in keys), None)
    if other is not None:
        hint = f"put '{other}: ...' first: the first key tells the kind"
    else:
        hint = did_you_mean(first.value, KINDS, "the first key is one of")
    gather.add(source.span(first), "kind/unknown", f"'{first.value}' is no kind of definition", hint)
    return other if other in KINDS else None
