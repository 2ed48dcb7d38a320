"""What can be said of the other files when the pipeline has mistakes."""

from __future__ import annotations

from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path


def repair_pipeline(converted: Converted, paths: list[Path], gather: Gather) -> list[Path]:
    """Keeps each field and level in some form, and notes that it can't be relied on.

    Returns the paths that are still to be left out.
    """
    left = []
    for path in paths:
        if len(path) >= 3 and path[:2] == ("events", "fields"):
            name = str(path[2])
            fields = converted.value["events"]["fields"]
            body = fields.get(name)
            if len(path) == 3:
                kept = body if isinstance(body, dict) else {}
                fields[name] = {**kept, "type": kept.get("type", "string")}
            elif path[3] == "type":
                body["type"] = "string"
            else:
                left.append(path)
                continue
            gather.lost.add(name)
        elif len(path) >= 2 and path[0] == "levels":
            level = converted.value["levels"].get(path[1])
            if isinstance(level, str):
                converted.value["levels"][path[1]] = [level]
            else:
                gather.lost.add(str(path[1]))
                left.append(path)
        else:
            left.append(path)
    return left
