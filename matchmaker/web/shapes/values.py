"""The small JSON Schemas that all others are put together from."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

TEXT: Final[Json] = {"type": "string"}
NUMBER: Final[Json] = {"type": "number"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
FLAG: Final[Json] = {"type": "boolean"}
UNIT: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
SLUG: Final[Json] = {
    "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100,
}  # fmt: skip
DATE: Final = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"


def ref(name: str) -> Json:
    """Return a reference to a named schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def either(*schemas: Json) -> Json:
    """Return the schema of a value that fits one of several schemas."""
    return {"anyOf": list(schemas)}


def table(values: Json) -> Json:
    """Return the schema of an object with free names."""
    return {"type": "object", "additionalProperties": values}


def record(description: str = "", optional: tuple[str, ...] = (), /, **members: Json) -> Json:
    """Return the schema of an object whose members are required but for the optional ones."""
    schema: Json = {"type": "object"}
    if description:
        schema["description"] = description
    schema["properties"] = members
    schema["required"] = [name for name in members if name not in optional]
    return schema


NULL: Final[Json] = {"type": "null"}
PLAIN: Final = either(TEXT, NUMBER, FLAG, listed(TEXT), NULL)
