"""Turtle from documents of our own, by the context that they are written with.

Only what our contexts use is understood: prefixes, and keys that are links, typed or in a language.
That takes a page of code and spares the service an RDF library; the tests read both forms with one
and compare the graphs.

References
----------
Beckett, D., Berners-Lee, T., Prud'hommeaux, E., Carothers, G. (2014). RDF 1.1 Turtle. W3C.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Node = Mapping[str, Any]

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_UNSAFE_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_XSD: Final = "xsd:"


class Turtle:
    """Writes nodes as Turtle.

    Parameters
    ----------
    context : mapping
        The JSON-LD context that the nodes are written with.

    Examples
    --------
    >>> at = {"@id": "ex:at", "@type": "@id"}
    >>> writer = Turtle({"ex": "http://e.org/", "name": "ex:name", "at": at})
    >>> node = {"@id": "ex:a", "@type": "ex:City", "name": "A", "at": "ex:b"}
    >>> print("".join(writer.write([node])))
    @prefix ex: <http://e.org/> .
    <BLANKLINE>
    ex:a a ex:City ;
        ex:name "A" ;
        ex:at ex:b .
    """

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._prefixes = {
            k: v for k, v in context.items()
            if isinstance(v, str) and not k.startswith("@") and v.endswith(("/", "#", ":"))
        }  # fmt: skip
        self._keys = {k: v for k, v in context.items() if k not in self._prefixes}

    def write(self, nodes: Iterable[Node]) -> Iterator[str]:
        """Yield the nodes in pieces, prefixes first.

        Notes
        -----
        Memory for one node at a time.
        """
        for name, namespace in self._prefixes.items():
            yield f"@prefix {name}: {self._brackets(namespace)} .\n"
        for node in nodes:
            waiting = [node]
            while waiting:
                subject = waiting.pop(0)
                lines = list(self._lines(subject, waiting, "    "))
                if lines:
                    name = self._iri(subject["@id"]) if "@id" in subject else "[]"
                    yield f"\n{name} " + " ;\n    ".join(lines) + " .\n"

    def _lines(self, node: Node, waiting: list[Node], indent: str) -> Iterator[str]:
        """Yield what is said of a node; named nodes inside it are put where they wait their turn."""
        for key, value in node.items():
            if key in ("@id", "@context"):
                continue
            values = value if isinstance(value, list) else [value]
            if not values:
                continue
            if key == "@type":
                yield "a " + ", ".join(map(self._iri, values))
                continue
            shape = self._keys.get(key, key)
            rule: Mapping[str, str] = {"@id": shape} if isinstance(shape, str) else shape
            objects = [self._object(rule, part, waiting, indent) for part in values]
            yield f"{self._iri(rule['@id'])} " + ", ".join(objects)

    def _object(self, rule: Mapping[str, str], value: Any, waiting: list[Node], indent: str) -> str:
        if isinstance(value, Mapping):
            if "@value" in value:
                return self._literal(value["@value"], value.get("@type"), value.get("@language"))
            if "@id" in value:
                waiting.append(value)
                return self._iri(value["@id"])
            inner = f" ;\n{indent}    ".join(self._lines(value, waiting, indent + "    "))
            return f"[\n{indent}    {inner}\n{indent}]"
        if isinstance(value, str) and rule.get("@type") == "@id":
            return self._iri(value)
        language = rule.get("@language") if isinstance(value, str) else None
        return self._literal(value, rule.get("@type"), language)

    def _literal(self, value: Any, datatype: str | None, language: str | None) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if datatype == f"{_XSD}double" and isinstance(value, int | float):
            return _double(value)
        if isinstance(value, int):
            return str(value)
        quoted = '"' + re.sub(r'[\\"\n\r\t]', lambda m: _ESCAPES[m[0]], str(value)) + '"'
        if language:
            return f"{quoted}@{language}"
        return f"{quoted}^^{self._iri(datatype)}" if datatype else quoted

    def _iri(self, text: str) -> str:
        prefix, colon, rest = text.partition(":")
        if colon and prefix in self._prefixes and not rest.startswith("//"):
            if _LOCAL.fullmatch(rest):
                return text
            return self._brackets(self._prefixes[prefix] + rest)
        for name, namespace in self._prefixes.items():
            if text.startswith(namespace) and _LOCAL.fullmatch(text[len(namespace) :]):
                return f"{name}:{text[len(namespace) :]}"
        return self._brackets(text)

    @staticmethod
    def _brackets(iri: str) -> str:
        return f"<{_UNSAFE_IRI.sub(lambda m: f'%{ord(m[0]):02X}', iri)}>"


def _double(value: float) -> str:
    """Return a number as the canonical form of xsd:double has it.

    Examples
    --------
    >>> _double(7.88), _double(100), _double(0)
    ('7.88E0', '1.0E2', '0.0E0')
    """
    digits, _, power = f"{float(value):.16E}".partition("E")
    shortest = f"{float(repr(float(value))):.15E}"
    if float(shortest) == float(value):
        digits, _, power = shortest.partition("E")
    digits = digits.rstrip("0")
    return f"{digits}0E{int(power)}" if digits.endswith(".") else f"{digits}E{int(power)}"
