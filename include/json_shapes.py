"""Shapes of JSON, as Spark's schema_of_variant writes them: `OBJECT<a: BIGINT, b: ARRAY<STRING>>`."""

from __future__ import annotations

TYPE_CHARACTERS = 200
_WORDS = {
    **{"STRING": "string", "BIGINT": "bigint", "DECIMAL": "decimal", "DOUBLE": "double", "BOOLEAN": "boolean"},
    **{"VOID": "null", "VARIANT": "mixed", "OBJECT<>": "object", "ARRAY<VOID>": "array"},
}


def word(kind: str) -> str:
    """A JSON type in the words of a contract, as far as it has one."""
    return _WORDS.get(kind, kind[:TYPE_CHARACTERS])


def members(shape: str) -> dict[str, str]:
    """`OBJECT<a: BIGINT, b: ARRAY<STRING>>` as name → type. What is no object has none; a shape that was cut off has those before it."""
    if not shape.startswith("OBJECT<"):
        return {}
    found: dict[str, str] = {}
    depth, quoted, start, name = 0, False, len("OBJECT<"), None
    for place in range(start, len(shape)):
        char = shape[place]
        if char == "`":
            quoted = not quoted
        elif quoted:
            continue
        elif char == ":" and depth == 0 and name is None:
            name, start = _unquoted(shape[start:place]), place + 2
        elif char == "<":
            depth += 1
        elif (char == "," or char == ">") and depth == 0:
            if name is not None:
                found[name] = shape[start:place]
            name, start = None, place + 2
        elif char == ">":
            depth -= 1
    return found


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def element_members(kind: str) -> dict[str, str]:
    """The same of the objects that an array holds; what is no such array has none."""
    return members(kind[len("ARRAY<") : -1]) if kind.startswith("ARRAY<OBJECT<") else {}
