"""The zone maps' models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.diagnostics import Span
from framework.definitions.durations import moment
from framework.definitions.patterns import PatternError, looks_like_range, parse_pattern

_OWN = ("zone", "set")


def build_zones(converted: Converted, gather: Gather, pipeline: model.Pipeline) -> model.ZoneMap:
    """The model of a checked zone map file."""
    return _Builder(converted, gather, pipeline).zone_map()


class _Builder:
    def __init__(self, converted: Converted, gather: Gather, pipeline: model.Pipeline) -> None:
        self.converted = converted
        self.gather = gather
        self.fields: Mapping[str, model.EventField] = {field.name: field for field in pipeline.events.fields}
        self.common: Mapping[str, model.Scalar] = converted.value.get("set") or {}

    def zone_map(self) -> model.ZoneMap:
        value = self.converted.value
        for name in self.common:
            self._dimension(name, ("set", name))
        found = [
            one
            for place, entry in enumerate(value["assign"])
            for one in self._entry(("assign", place), entry)
        ]
        return model.ZoneMap(value["zones"], self._effective(), tuple(found), self.converted.key("zones"))

    def _effective(self) -> int:
        text = self.converted.value.get("effective")
        try:
            return 0 if text is None else moment(text)
        except (ValueError, OverflowError):
            hint = "write a day such as 2026-10-01"
            self.gather.add(self.converted.at("effective"), "zones/bad-date", f"'{text}' is no day", hint)
            return 0

    def _entry(self, base: Path, entry: dict[str, Any]) -> list[model.Assignment]:
        own = entry.get("set") or {}
        sets = {**self.common, **own}
        for name in own:
            self._dimension(name, (*base, "set", name))
        if entry.get("zone") is not None:
            self._dimension("zone", (*base, "zone"))
            sets["zone"] = entry["zone"]
        spread = [name for name, value in entry.items() if isinstance(value, dict) and name not in _OWN]
        found = self._matches(base, entry, spread, sets)
        if not found:
            self.gather.lost.update((*sets, *(["zone"] if spread else [])))
        return found

    def _matches(
        self, base: Path, entry: dict[str, Any], spread: list[str], sets: Mapping[str, model.Scalar]
    ) -> list[model.Assignment]:
        match: list[model.Pattern] = []
        names = [name for name in entry if name not in _OWN]
        good = self._known(base, names) and self._once(base, entry, spread)
        for name in names:
            if name in self.fields and name not in spread:
                pattern = self._pattern(self.fields[name], (*base, name), entry[name])
                good = good and pattern is not None
                match += [pattern] if pattern else []
        if spread and spread[0] in self.fields:
            self._dimension("zone", (*base, spread[0]))
            found = self._spread((*base, spread[0]), entry[spread[0]], match, sets)
            return found if good else []
        if good and not match:
            hint = 'name an event field; "*" matches all texts'
            at = self.converted.at(*base)
            self.gather.add(at, "zones/matches-all", "the entry has nothing to match", hint)
            return []
        return [model.Assignment(tuple(match), sets, self.converted.at(*base))] if good else []

    def _known(self, base: Path, names: list[str]) -> bool:
        unknown = [name for name in names if name not in self.fields]
        for name in unknown:
            at = self.converted.key(*base, name)
            self.gather.unknown(at, "zones/unknown-field", "event field", name, (*self.fields, *_OWN))
        return not unknown

    def _once(self, base: Path, entry: dict[str, Any], spread: list[str]) -> bool:
        twice = spread if entry.get("zone") is not None else spread[1:]
        for name in twice[:1]:
            message = "an entry names its zones once"
            hint = "keep one mapping to zones, or `zone`"
            self.gather.add(self.converted.key(*base, name), "zones/several-zones", message, hint)
        return not twice

    def _spread(
        self, path: Path, zones: dict[str, Any], match: list[model.Pattern], sets: Mapping[str, model.Scalar]
    ) -> list[model.Assignment]:
        field = self.fields[str(path[-1])]
        found = []
        for text, zone in zones.items():
            at = self.converted.key(*path, text)
            if not isinstance(zone, str | int | float):
                message = f"'{text}' needs the name of a zone"
                hint = f'as in {text}: inbound; several ranges go in quotes, as in "1-4,9": inbound'
                self.gather.add(at, "zones/no-zone", message, hint)
                continue
            pattern = self._parsed(field, [(text, at)], at)
            if pattern:
                named = {**sets, "zone": self.converted.scalars[*path, text].value}
                found.append(model.Assignment((*match, pattern), named, at))
        return found

    def _pattern(self, field: model.EventField, path: Path, value: Any) -> model.Pattern | None:
        at = self.converted.at(*path)
        scalars = self.converted.scalars
        paths = [(*path, place) for place in range(len(value))] if isinstance(value, list) else [path]
        if not paths or any(one not in scalars or self.converted.value_at(one) is None for one in paths):
            message = f"'{field.name}' takes a text, a number, a range, or a list of those"
            self.gather.add(at, "zones/bad-pattern", message, 'such as "A-*", 12, 1-24 or [A-01, A-02]')
            return None
        return self._parsed(field, [(scalars[one].value, self.converted.at(*one)) for one in paths], at)

    def _parsed(
        self, field: model.EventField, texts: list[tuple[str, Span]], at: Span
    ) -> model.Pattern | None:
        parts = []
        for text, place in texts:
            if looks_like_range(field, text) and field.name not in self.gather.lost:
                message = f"{text} is one text here, no range: {field.name} is a text"
                hint = "write a series such as A-01..A-24, or make the field an int"
                self.gather.add(place, "zones/looks-like-range", message, hint, "warning")
            try:
                parts.append(parse_pattern(field, text, place))
            except PatternError as error:
                if field.name not in self.gather.lost:
                    self.gather.add(place, error.code, str(error), error.hint)
        if len(parts) < len(texts):
            return None
        return model.Pattern(
            field.name,
            ", ".join(part.text for part in parts),
            tuple(text for part in parts for text in part.texts),
            tuple(glob for part in parts for glob in part.globs),
            tuple(bounds for part in parts for bounds in part.ranges),
            at,
            field.type,
        )

    def _dimension(self, name: str, path: Path) -> None:
        at = self.converted.key(*path)
        if name in self.fields:
            message = f"'{name}' is an event field already"
            self.gather.add(at, "zones/hides-field", message, "give the dimension another name")
        elif not name.isidentifier():
            message = f"'{name}' can't be used in formulas"
            self.gather.add(at, "zones/dimension-name", message, "use letters, digits and _")
