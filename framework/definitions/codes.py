"""Every code a diagnostic may have, and what it is about. Codes are stable: people search for them."""

from __future__ import annotations

from framework.definitions.kinds import KINDS

_FOLDER = {
    "folder/missing": "The folder of definitions is not there, or is a file.",
    "folder/empty": "The folder has no file that ends in .yaml or .yml.",
    "folder/no-kpi": "There is a pipeline but no KPI (warning).",
}
_FILE = {"file/more": "The file has more than a hundred problems; the others are not shown."}
_YAML = {
    "yaml/syntax": "The file can't be read as YAML at this place.",
    "yaml/tab": "A line is indented with a tab.",
    "yaml/alias": "An alias (*name): values are written out, each in its place.",
    "yaml/anchor": "An anchor (&name), which only aliases would use.",
    "yaml/tag": "A tag (!name or !!name): a value's type comes from its key.",
    "yaml/merge": "A merge key (<<).",
    "yaml/key": "A key that is itself a mapping or a list.",
    "yaml/duplicate-key": "A key is twice in the same mapping.",
    "yaml/several": "A second document begins after '---': a file holds one definition.",
    "yaml/empty": "The file, or its mapping, is empty.",
    "yaml/no-mapping": "The file is a list or a text, not a mapping.",
    "yaml/too-deep": "The nesting is deeper than any definition needs.",
    "yaml/too-big": "The file is larger than 300 kB.",
    "yaml/not-utf8": "The file is not UTF-8.",
    "yaml/control-character": "The file has a sign that is no text.",
    "yaml/unreadable": "The file can't be opened.",
}
_SHAPE = {
    "kind/unknown": "The first key names no kind of definition.",
    "key/unknown": "A key that this kind does not have.",
    "key/missing": "A required key is not there.",
    "value/looks-like": "A text that looks like a number, true or false, but is not read as one (warning).",
}
_EACH_KIND = {
    "wrong-type": "A value of the wrong type.",
    "bad-value": "A value outside what its key allows.",
    "too-few": "A list or mapping with too few entries.",
    "too-many": "A list with too many entries.",
}
_KPI = {
    "kpi/undocumented": "Title, unit, better, owner or audience is missing (warning).",
    "kpi/name": "A name that other KPIs' formulas can't use (warning).",
    "kpi/duplicate-name": "Two KPIs of one name.",
    "kpi/unknown-level": "`by` names a level that the pipeline does not have.",
    "kpi/unknown-field": "A combination in `by` names what is no level, field or dimension.",
    "kpi/twice-by": "`by` has something twice.",
    "kpi/by-number": "`by` groups by a measured number.",
    "kpi/window-does-not-divide": "The window's size divides no day, or `every` does not divide the size.",
    "kpi/window-too-short": "A window, or its step, below one second.",
    "kpi/window-too-many": "Windows that overlap more than 1,000-fold.",
    "kpi/too-long": "A window longer than ten years.",
}
_PIPELINE = {
    "pipeline/missing": "No file of the folder describes the pipeline.",
    "pipeline/several": "More than one pipeline in a folder.",
    "pipeline/several-sources": "More than one source.",
    "pipeline/several-sinks": "More than one sink.",
    "pipeline/dedupe-without-id": "`dedupe` needs `id`.",
    "pipeline/field-name": "A field's name that formulas can't use.",
    "pipeline/range-of-text": "`range` on a field that is no number.",
    "pipeline/empty-range": "A range whose least is above its greatest.",
    "pipeline/one-of-numbers": "`one_of` on a field that is no text.",
    "pipeline/level-name": "A level's name with other signs than letters, digits, _ and -.",
    "pipeline/unknown-field": "A level names what is neither a field nor set by a zone map.",
    "pipeline/twice-field": "A level has a field twice.",
    "pipeline/notify-none": "An entry of `notify` that names no receiver, or several.",
    "pipeline/bad-address": "A url that nothing can be sent to.",
    "pipeline/bad-topic": "A topic that is no ARN of SNS.",
    "pipeline/placeholder": "A `${...}` or `{...}` that stands for nothing.",
    "pipeline/bad-header": "A header that can't be sent.",
    "pipeline/secret": "A header with a secret written out (warning).",
    "pipeline/unknown-rule": "`notify` names a rule that there is not.",
    "pipeline/too-long": "A duration longer than ten years.",
}
_ZONES = {
    "zones/duplicate-name": "Two maps of one name for the same day.",
    "zones/bad-date": "`effective` is no day.",
    "zones/unknown-field": "An entry matches by a field that events do not have.",
    "zones/bad-pattern": "A text, glob, range or series that can't be read.",
    "zones/looks-like-range": "A range of numbers for a field of texts, where it is one text (warning).",
    "zones/out-of-range": "A number outside the field's range.",
    "zones/never": "A value that the field never has, by its `one_of`.",
    "zones/no-zone": "A pattern without the name of a zone.",
    "zones/several-zones": "An entry with two mappings to zones, or with one and `zone`.",
    "zones/matches-all": "An entry without anything to match.",
    "zones/hides-field": "A dimension with the name of an event field.",
    "zones/dimension-name": "A dimension's name that formulas can't use.",
    "zones/dimension-type": "A dimension with different types in different places.",
    "zones/unreachable": "Earlier entries take all that this one matches.",
    "zones/overlap": "An earlier entry takes a part of what this one matches (warning).",
    "zones/overlap-between-maps": "Two maps that hold at the same time match the same events.",
}
_OTHERS = {
    "calendar/duplicate-name": "Two calendars of one name.",
    "calendar/unknown-timezone": "No such IANA time zone.",
    "calendar/bad-date": "A holiday that is no day, or maintenance that begins or ends at no moment.",
    "calendar/empty-maintenance": "Maintenance that does not end after it begins.",
}
_RULE = {
    "rule/undocumented": "Title, owner or message is missing (warning).",
    "rule/duplicate-name": "Two rules of one name.",
    "rule/unknown-kpi": "`kpi` names a KPI that no file defines.",
    "rule/unknown-level": "`level` names a level that the pipeline does not have.",
    "rule/no-detector": "A clause without a detector.",
    "rule/several-detectors": "A clause with several detectors that nothing joins.",
    "rule/and-or": "`and` beside `or` in one clause.",
    "rule/too-long": "A stretch of time that is longer than makes sense.",
}
_SIMULATION = {
    "simulation/duplicate-name": "Two simulations of one name.",
    "simulation/unknown-field": "A name that is no event field, or no dimension where those are meant.",
    "simulation/unknown-step": "An incident's `chances` name no step.",
    "simulation/unknown-timezone": "No such IANA time zone.",
    "simulation/missing-field": "A step without a field that every event must have.",
    "simulation/rate-of-text": "`rate_dimension` is no number.",
    "simulation/draw": "A value that is drawn in no way, or in several.",
    "simulation/empty-range": "Two numbers whose first must not be above the second, or a negative spread.",
    "simulation/no-weight": "A choice whose weights are all 0.",
    "simulation/never": "A value that the field never has, by its type or its `one_of`.",
}
_FORMULA = {
    "formula/empty": "The formula has no text.",
    "formula/syntax": "The formula can't be read.",
    "formula/too-long": "The formula has more than 2,000 characters.",
    "formula/too-deep": "The formula is nested too deeply, by itself or through the KPIs it refers to.",
    "formula/too-big": "A number that 64 bits do not hold.",
    "formula/not-allowed": "Something of Python that formulas do not have.",
    "formula/unknown-name": "A name that is no event field, dimension or KPI.",
    "formula/unknown-function": "A function that formulas do not have.",
    "formula/wrong-arguments": "A function with too few, too many or other arguments than it takes.",
    "formula/wrong-type": "A text where a number is needed, and the like.",
    "formula/not-one-of": "A comparison with a text that the field never has, by its `one_of`.",
    "formula/unit-mismatch": "Units that do not go together, or another unit than the KPI's.",
    "formula/percent-without-100": "A ratio shown in % without a factor of 100 (warning).",
    "formula/no-aggregate": "The formula counts or aggregates nothing.",
    "formula/nested-aggregate": "An aggregate inside an aggregate.",
    "formula/field-outside-aggregate": "An event field outside an aggregate.",
    "formula/average-of-ratio": "An average of a ratio, which no roll-up could keep right.",
    "formula/rate-of-average": "A rate of what does not add up over time (warning).",
    "formula/cycle": "KPIs that refer to one another in a circle.",
}
CODES: dict[str, str] = {
    **_FOLDER,
    **_FILE,
    **_YAML,
    **_SHAPE,
    **{f"{kind}/{code}": doc for kind in KINDS for code, doc in _EACH_KIND.items()},
    **_KPI,
    **_PIPELINE,
    **_ZONES,
    **_RULE,
    **_OTHERS,
    **_SIMULATION,
    **_FORMULA,
}
