"""Write the Python client's types from the OpenAPI document: ``python -m scripts.make_client_types``.

The result is committed, so that it can be read and reviewed; a test compares it with the contract.
"""

from __future__ import annotations

import keyword
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from matchmaker.graph import Snapshot
from matchmaker.schema import Schema, load_schema
from matchmaker.usecases.contributing.proposing import CONTRIBUTED
from matchmaker.web.api import description

Json = dict[str, Any]

FOLDER: Final = (
    Path(__file__).resolve().parent.parent / "clients/python/src/matchmaker_client/types"
)
_BEFORE: Final = {
    "common": ["Reference", "Named", "Links", "Citation", "RelationshipGroup", "Snapshot",
               "SnapshotState", "Relationship", "GraphSchema", "Index"],
}  # fmt: skip
_AFTER: Final = {
    "matches": ["NeedMatches", "CityMatches", "OfferMatches", "PartnerMatches", "Pair",
                "PairChanges", "Exposure", "Algorithm", "UnsavedNeed", "UnsavedOffer"],
    "writing": ["Written", "Merged", "SubmissionList", "SubmissionDetail", "Report", "Claim",
                "Upload", "UploadDetail"],
    "feed": ["FeedPage", "Webhook", "NewWebhook", "Delivery"],
    "graph": ["Node", "SearchResult"],
}  # fmt: skip
_HEAD: Final = '''\
"""{told}

Written by scripts/make_client_types.py from the OpenAPI document; do not change it by hand.
"""

from __future__ import annotations

'''
_PLAIN: Final = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None",
}  # fmt: skip
_NOT_FILTERS: Final = frozenset({"q", "sort", "fields", "cursor", "limit", "format"})


class _Module:
    """One module that is being written."""

    def __init__(self, name: str, told: str) -> None:
        self.name, self.told = name, told
        self.blocks: list[str] = []
        self.names: list[str] = []

    def text(self, home: Mapping[str, _Module]) -> str:
        """Return the module, with imports of what it uses."""
        body = "\n\n".join(self.blocks)
        words = set(_words(body))
        lines = []
        collections = sorted(words & {"Mapping", "Sequence"})
        if collections:
            lines.append(f"from collections.abc import {', '.join(collections)}")
        typing = words & {"Any", "Literal", "NotRequired", "TypedDict"}
        lines.append(f"from typing import {', '.join(sorted(typing))}\n")
        used: dict[str, list[str]] = {}
        for word in sorted(words & set(home)):
            if home[word] is not self:
                used.setdefault(home[word].name, []).append(word)
        lines += [f"from matchmaker_client.types.{name} import {', '.join(words)}"
                  for name, words in sorted(used.items())]  # fmt: skip
        return _HEAD.format(told=self.told) + "\n".join(lines) + "\n\n" + body + "\n"


def _words(text: str) -> Iterable[str]:
    return "".join(c if c.isidentifier() or c.isdigit() else " " for c in text).split()


class _Writer:
    """Turns the schemas of an OpenAPI document into typed dictionaries, in modules."""

    def __init__(self, told: Json) -> None:
        self.shapes: Json = told["components"]["schemas"]
        self.home: dict[str, _Module] = {}
        self.modules: list[_Module] = []
        self._module = _Module("", "")
        self._sent = False

    def module(self, name: str, told: str) -> None:
        """Begin a module."""
        self._module = _Module(name, told)
        self.modules.append(self._module)

    def add(self, name: str, *, sent: bool = False) -> None:
        """Write a named shape, and those that it needs, unless they are written already."""
        if name in self.home:
            return
        self.home[name] = self._module
        before, self._sent = self._sent, sent
        shape = self.shapes[name]
        if _is_record(shape):
            self.record(name, shape)
        else:
            self._put(name, f"{name} = {self._type(name, shape)}")
        self._sent = before

    def record(self, name: str, shape: Json, *, partial: bool = False, base: str = "") -> None:
        """Write a typed dictionary; with a base only what it adds to that."""
        self.home[name] = self._module
        needed = () if partial else shape.get("required", ())
        members = {}
        for member, part in shape["properties"].items():
            if base and self.shapes[base]["properties"].get(member) == part:
                continue
            kind = self._type(name + member.title().replace("_", ""), part)
            members[member] = kind if member in needed or partial else f"NotRequired[{kind}]"
        options = ", total=False" if partial else ""
        if all(member.isidentifier() and not keyword.iskeyword(member) for member in members):
            lines = [f"class {name}({base or 'TypedDict'}{options}):", _docstring(shape, name)]
            lines += [f"    {member}: {kind}" for member, kind in members.items()]
            self._put(name, "\n".join(lines))
        else:
            inside = ", ".join(f'"{member}": {kind}' for member, kind in members.items())
            self._put(name, f'{name} = TypedDict("{name}", {{{inside},}}{options})')

    def filters(self, name: str, parameters: Iterable[Json]) -> None:
        """Write what a list may be narrowed down by."""
        shape: Json = {"description": "What a list may be narrowed down by.", "properties": {}}
        for told in parameters:
            if told["in"] == "query" and told["name"] not in _NOT_FILTERS:
                many = told["schema"]
                one = {"anyOf": [many["items"], many]} if many.get("type") == "array" else many
                shape["properties"][told["name"]] = one
        self._sent = True
        self.record(name, shape, partial=True)
        self._sent = False

    def _put(self, name: str, block: str) -> None:
        self._module.blocks.append(block)
        self._module.names.append(name)

    def _type(self, name: str, shape: Json) -> str:
        if "$ref" in shape:
            target = shape["$ref"].rpartition("/")[2]
            self.add(target, sent=self._sent)
            return str(target)
        if "const" in shape:
            return f"Literal[{shape['const']!r}]"
        # What is answered may get more values one day; what is sent may not be anything else.
        if "enum" in shape and self._sent:
            return f"Literal[{', '.join(map(repr, shape['enum']))}]"
        if "enum" in shape:
            return " | ".join(dict.fromkeys(type(value).__name__ for value in shape["enum"]))
        for joined in ("anyOf", "oneOf"):
            if joined in shape:
                kinds = dict.fromkeys(self._type(name, part) for part in shape[joined])
                return " | ".join(sorted(kinds, key=lambda kind: kind == "None"))
        return self._typed(name, shape)

    def _typed(self, name: str, shape: Json) -> str:
        kind = shape.get("type")
        if kind == "array":
            inner = self._type(name + "Item", shape["items"])
            return f"Sequence[{inner}]" if self._sent else f"list[{inner}]"
        if kind == "object":
            if _is_record(shape):
                self.record(name, shape)
                return name
            more = shape.get("additionalProperties")
            inner = self._type(name + "Value", more) if isinstance(more, dict) and more else "Any"
            return f"Mapping[str, {inner}]" if self._sent else f"dict[str, {inner}]"
        return _PLAIN.get(kind or "", "Any")


def _is_record(shape: Json) -> bool:
    """Tell whether the members of an object are all known by name."""
    return bool(shape.get("properties")) and shape.get("additionalProperties") is not True


def _docstring(shape: Json, name: str) -> str:
    words = " ".join(shape.get("description", "").split()) or f"The shape '{name}' of the contract."
    first, _, rest = words.partition(". ")
    first = first.rstrip(".") + "."
    if len(first) > 90:
        first, rest = f"The shape '{name}' of the contract.", words
    told = f'    """{first}'
    if rest:
        text = textwrap.fill(rest, 96, initial_indent="    ", subsequent_indent="    ")
        return f'{told}\n\n{text}\n    """\n'
    return f'{told}"""\n'


def _entity_modules(writer: _Writer, schema: Schema, told: Json) -> None:
    for kind in schema.entities.values():
        label = kind.label
        writer.module(kind.name, f"What stands for a {kind.name.replace('_', ' ')}.")
        writer.add(label)
        writer.record(f"{label}Detail", writer.shapes[f"{label}Detail"], base=label)
        writer.add(f"{label}Part")
        writer.filters(
            f"{label}Filters", told["paths"][f"/api/v1/{kind.plural}"]["get"]["parameters"]
        )
        writer.add(f"{label}Input", sent=True)
        words = f"Properties of a {kind.name.replace('_', ' ')} as they shall be; None removes one."
        sent = writer.shapes[f"{label}Input"]
        writer._sent = True
        writer.record(f"{label}Patch", {**sent, "description": words}, partial=True)
        writer._sent = False


def _collections(schema: Schema) -> str:
    """Return the module that gives a client one attribute for each collection."""
    lines = [
        _HEAD.format(told="The collections of the service, each with its types."),
        "from matchmaker_client.collections import Contributed, Editable",
        "from matchmaker_client.transport import Transport\n",
    ]
    body = []
    for kind in schema.entities.values():
        names = [kind.label + end for end in ("", "Detail", "Part", "Filters", "Input", "Patch")]
        lines.append(f"from matchmaker_client.types.{kind.name} import {', '.join(names)}")
        group = "Contributed" if kind.name in CONTRIBUTED else "Editable"
        made = f"{group}[{', '.join(names)}]"
        attribute = kind.plural.replace("-", "_")
        body.append(f"        self.{attribute}: {made} = {group}(transport, '{kind.plural}')")
    lines += [
        "\n\nclass Collections:",
        '    """One attribute for each collection."""\n',
        "    def __init__(self, transport: Transport) -> None:",
        *body,
    ]
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """Return the modules by name, as they are to be committed."""
    schema = load_schema()
    empty = Snapshot.build(schema, [], 0, "2000-01-01")
    told = description(empty)
    writer = _Writer(told)
    for name, roots in _BEFORE.items():
        writer.module(name, "What many answers have in common.")
        for root in roots:
            writer.add(root)
    _entity_modules(writer, schema, told)
    for name, roots in _AFTER.items():
        writer.module(name, f"What is sent and answered about {name}.")
        for root in roots:
            writer.add(root, sent=root.startswith("Unsaved"))
    made = {f"{module.name}.py": module.text(writer.home) for module in writer.modules}
    made["__init__.py"] = _names(writer.modules)
    made["collections.py"] = _collections(schema)
    return {name: _formatted(name, text) for name, text in made.items()}


def _names(modules: Iterable[_Module]) -> str:
    lines = [_HEAD.format(told="The types of all that is sent and answered.").rstrip() + "\n"]
    everything: list[str] = []
    for module in sorted(modules, key=lambda m: m.name):
        lines.append(f"from matchmaker_client.types.{module.name} import {', '.join(module.names)}")
        everything += module.names
    listed = ", ".join(f'"{name}"' for name in sorted(everything))
    return "\n".join(lines) + f"\n\n__all__ = [{listed}]\n"


def _formatted(name: str, text: str) -> str:
    """Return a module as ruff writes it."""
    path = str(FOLDER / name)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I,RUF022", "--fix", "--quiet"], ["format", "--quiet"]):
        done = subprocess.run(
            [*ruff, *command, "--stdin-filename", path, "-"], input=text, text=True,
            capture_output=True, check=True, cwd=FOLDER.parents[4],
        )  # fmt: skip
        text = done.stdout
    return text


def main() -> None:
    """Write the files, and take away those that are no longer made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = files()
    for old in FOLDER.glob("*.py"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
