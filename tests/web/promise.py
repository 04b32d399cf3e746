"""What the API promises: its document, brought down to what clients rest on, and what breaks it.

``contract.json`` holds the promise.  ``python -m tests.web.promise --accept`` takes additions into it;
it refuses what takes something away, for that needs a notice first (``docs/api-stability.md``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FILE = Path(__file__).parent / "contract.json"
_WORDS = ("description", "summary", "example", "examples", "title", "operationId", "x-sandbox")
_NAMES = {
    str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null",
}  # fmt: skip
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def normalised(document: Json) -> Json:
    """Return what clients rest on: operations by method and address, shapes by name, problems."""
    operations = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            operations[f"{method.upper()} {path}"] = {
                "parameters": {
                    f"{p['in']} {p['name']}": {
                        "required": bool(p.get("required")),
                        "schema": _plain(p["schema"]),
                    }
                    for p in told["parameters"]
                },
                "body": _shapes(told.get("requestBody", {})),
                "answers": {
                    status: _shapes(answer)
                    for status, answer in told["responses"].items()
                    if status.startswith("2")
                },
                "public": {} in told["security"],
                "scope": told["x-required-scope"],
            }
    schemas = {name: _plain(shape) for name, shape in document["components"]["schemas"].items()}
    return {"operations": operations, "schemas": schemas}


def _shapes(told: Json) -> Json:
    return {kind: _plain(part["schema"]) for kind, part in told.get("content", {}).items()}


def _plain(shape: Any) -> Any:
    """Return a schema without words for people (a property may bear the name of one)."""
    if isinstance(shape, list):
        return [_plain(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    made = {}
    for name, part in shape.items():
        if name == "properties":
            made[name] = {n: _plain(p) for n, p in part.items()}
        elif name not in _WORDS:
            made[name] = sorted(part) if name == "required" else _plain(part)
    return made


def broken(old: Json, new: Json) -> list[str]:
    """Return every promise that a new document breaks, in words."""
    return list(dict.fromkeys(_Comparison(old, new).faults()))


class _Comparison:
    """Walks two documents side by side; each named shape once for each direction."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, bool]] = set()

    def faults(self) -> Iterator[str]:
        for name, before in self._old["operations"].items():
            after = self._new["operations"].get(name)
            if after is None:
                yield f"{name}: is gone"
                continue
            yield from self._operation(name, before, after)

    def _operation(self, name: str, before: Json, after: Json) -> Iterator[str]:
        if before["public"] and not after["public"]:
            yield f"{name}: is no longer open to all"
        if before["scope"] != after["scope"]:
            yield f"{name}: needs another scope"
        for parameter, told in before["parameters"].items():
            now = after["parameters"].get(parameter)
            if now is None:
                yield f"{name}: parameter {parameter} is gone"
                continue
            yield from self._shape(f"{name}: {parameter}", told["schema"], now["schema"], sent=True)
        for parameter, now in after["parameters"].items():
            was = before["parameters"].get(parameter, {"required": False})
            if now["required"] and not was["required"]:
                yield f"{name}: parameter {parameter} is required now"
        if after["body"] and not before["body"]:
            yield f"{name}: needs a body now"
        yield from self._media(name, before["body"], after["body"], sent=True)
        for status, told in before["answers"].items():
            if status not in after["answers"]:
                yield f"{name}: status {status} is gone"
            else:
                yield from self._media(name, told, after["answers"][status], sent=False)

    def _media(self, name: str, before: Json, after: Json, *, sent: bool) -> Iterator[str]:
        for kind, shape in before.items():
            if kind not in after:
                yield f"{name}: {kind} is gone"
            else:
                yield from self._shape(name, shape, after[kind], sent=sent)

    def _shape(self, place: str, old: Any, new: Any, *, sent: bool) -> Iterator[str]:
        """Compare two schemas; ``sent`` tells what a client sends from what it is answered."""
        if "$ref" in old:
            name = old["$ref"].rpartition("/")[2]
            if new.get("$ref") != old["$ref"]:
                new_name = new.get("$ref", "").rpartition("/")[2]
                new = self._new["schemas"].get(new_name, new)
            elif (name, sent) in self._seen:
                return
            else:
                self._seen.add((name, sent))
                new = self._new["schemas"][name]
            yield from self._shape(name, self._old["schemas"][name], new, sent=sent)
            return
        if "$ref" in new:
            new = self._new["schemas"][new["$ref"].rpartition("/")[2]]
        yield from self._types(place, old, new, sent=sent)
        core, new_core = _core(old), _core(new)
        if core is not old or new_core is not new:
            yield from self._shape(place, core, new_core, sent=sent)
            return
        if gone := set(map(str, old.get("enum", ()))) - set(map(str, new.get("enum", ()))):
            if "enum" in new:
                yield f"{place}: values are gone: {sorted(gone)}"
        elif sent and "enum" in new and "enum" not in old:
            yield f"{place}: takes some values only now"
        if "const" in old and old["const"] != new.get("const", old["const"]):
            yield f"{place}: is another constant"
        if sent:
            yield from self._bounds(place, old, new)
        yield from self._members(place, old, new, sent=sent)
        for name in ("items", "additionalProperties"):
            if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
                yield from self._shape(f"{place}[]", old[name], new[name], sent=sent)
        yield from self._alternatives(place, old, new, sent=sent)

    def _types(self, place: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        was, now = _types(old, self._old["schemas"]), _types(new, self._new["schemas"])
        wide, narrow = (now, was) if sent else (was, now)
        if wide is not None and (narrow is None or not narrow <= wide):
            told = sorted(narrow - wide) if narrow is not None else "any"
            yield f"{place}: {'no longer takes' if sent else 'answers other types'}: {told}"

    def _bounds(self, place: str, old: Json, new: Json) -> Iterator[str]:
        for name in (*_LOWER, *_UPPER):
            if name in new:
                was = old.get(name)
                tighter = was is None or (new[name] > was if name in _LOWER else new[name] < was)
                if tighter and (was is not None or new[name] != 0):
                    yield f"{place}: {name} is tighter: {new[name]}"

    def _members(self, place: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        members, now = old.get("properties", {}), new.get("properties", {})
        for name, shape in members.items():
            if name not in now:
                yield f"{place}.{name}: is gone"
            else:
                yield from self._shape(f"{place}.{name}", shape, now[name], sent=sent)
        was, needed = set(old.get("required", ())), set(new.get("required", ()))
        if sent:
            for name in sorted(needed - was):
                yield f"{place}.{name}: is required now"
        else:
            for name in sorted((was - needed) & now.keys()):
                yield f"{place}.{name}: may be missing now"

    def _alternatives(self, place: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        for name in ("anyOf", "oneOf", "allOf"):
            before, after = old.get(name), new.get(name)
            if before is None or after is None:
                continue
            if all("$ref" in one for one in (*before, *after)):
                yield from self._named_alternatives(place, before, after, sent=sent)
                continue
            if (len(after) < len(before)) if sent else (len(after) > len(before)):
                yield f"{place}: has {'fewer' if sent else 'more'} alternatives"
            for one, other in zip(before, after, strict=False):
                yield from self._shape(place, one, other, sent=sent)

    def _named_alternatives(
        self, place: str, old: list[Json], new: list[Json], *, sent: bool
    ) -> Iterator[str]:
        was, now = ({one["$ref"]: one for one in those} for those in (old, new))
        for name in was.keys() & now.keys():
            yield from self._shape(place, was[name], now[name], sent=sent)
        if sent and was.keys() - now.keys():
            yield f"{place}: has fewer alternatives"
        # Programs pass over types of entities that they do not know (docs/api-stability.md).
        more = [self._new["schemas"][ref.rpartition("/")[2]] for ref in now.keys() - was.keys()]
        if not sent and any("const" not in _type_of(shape) for shape in more):
            yield f"{place}: has more alternatives"


def _type_of(shape: Json) -> Json:
    """Return the schema of the member that names the type of an entity."""
    found: Json = shape.get("properties", {}).get("type", {})
    return found


def _core(shape: Json) -> Json:
    """Return the one schema besides null that a schema allows, if it is such a choice."""
    left = [part for part in shape.get("anyOf", ()) if part != {"type": "null"}]
    return left[0] if len(left) == 1 else shape


def _types(shape: Json, schemas: Json) -> set[str] | None:
    """Return the JSON types that a schema allows, None if it allows all."""
    if "$ref" in shape:
        return _types(schemas[shape["$ref"].rpartition("/")[2]], schemas)
    for name in ("anyOf", "oneOf"):
        if name in shape:
            found = [_types(part, schemas) for part in shape[name]]
            return set().union(*(types for types in found if types)) if all(found) else None
    if "const" in shape or "enum" in shape:
        values = [shape["const"]] if "const" in shape else shape["enum"]
        return {_NAMES[type(value)] for value in values}
    if "type" not in shape:
        return None
    types = {shape["type"]} if isinstance(shape["type"], str) else set(shape["type"])
    return types | ({"integer"} if "number" in types else set())


def main(arguments: list[str]) -> int:
    """Compare the API as it is with the promise, and take additions into it if told to."""
    from matchmaker.schema import load_schema
    from matchmaker.settings import Settings
    from matchmaker.usecases.opening import service_from_seeds
    from matchmaker.web.app import create_app

    service = service_from_seeds(load_schema(), Settings())
    document = create_app(service).test_client().get("/api/v1/openapi.json").json
    assert document is not None
    new = normalised(document)
    faults = broken(json.loads(FILE.read_text("utf-8")), new) if FILE.exists() else []
    for fault in faults:
        print(fault)
    if faults:
        return 1
    if "--accept" in arguments:
        FILE.write_text(text_of(new), "utf-8")
    return 0


def text_of(promise: Json) -> str:
    """Return a promise as it is kept: a line for each operation and shape, so that changes show."""
    lines = ["{"]
    for place, section in enumerate(promise):
        lines.append(f" {json.dumps(section)}: {{")
        entries = sorted(promise[section].items())
        for number, (name, part) in enumerate(entries):
            end = "," if number + 1 < len(entries) else ""
            lines.append(f"  {json.dumps(name)}: {json.dumps(part, sort_keys=True)}{end}")
        lines.append(" }" + ("," if place + 1 < len(promise) else ""))
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
