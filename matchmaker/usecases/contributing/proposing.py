"""What is to be written, made ready: a change to what stands, its provenance, a new identifier."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from matchmaker.errors import Fault, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.permissions import Caller, Role
from matchmaker.schema import PROVENANCE, Schema
from matchmaker.visibility import owners_of

READ_ONLY: Final = ("caption", "citations", "links", "relationships", "version")
"""Members that reading adds; they are ignored where something is sent back."""
OWN_STATEMENT: Final = {
    Role.CITY_OFFICER: "city-submission",
    Role.NATIONAL_REPRESENTATIVE: "city-submission",
    Role.PARTNER: "partner-submission",
}
"""The source that a contribution without one cites, by role: the contributor's own word."""
CONTRIBUTED: Final = ("need", "offer", "partner", "project")
"""Types that outsiders contribute; all others are for staff."""
_PROVENANCE: Final = tuple(prop.name for prop in PROVENANCE)
_LONGEST_ID: Final = 80
_NUMBERED: Final = 50


def writable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as it may be written, from one that may have been read here.

    What reading adds is left out and expanded references become identifiers again.

    Raises
    ------
    InvalidDataError
        If a value holds other values in a way that no property does.

    Examples
    --------
    >>> writable({"name": "Phuket", "caption": "Phuket", "country": {"id": "thailand"}})
    {'name': 'Phuket', 'country': 'thailand'}
    """
    plain: dict[str, Any] = {}
    faults = []
    for name, value in document.items():
        if name in READ_ONLY:
            continue
        parts = [_identifier(part) for part in (value if isinstance(value, list) else [value])]
        if any(isinstance(part, dict | list) for part in parts):
            message = "must be a text, a number, true, false, or a list of texts"
            faults.append(Fault("", 0, name[:100], message))
        plain[name] = parts if isinstance(value, list) else parts[0]
    if faults:
        raise InvalidDataError(faults)
    return plain


def _identifier(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def patched(current: Entity, patch: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Return the document that a merge patch makes of an entity as its writer sees it.

    Who states things by his own word does not put it under the sources of others: unless the patch
    names its provenance, the document has none (see :func:`stated`).

    Examples
    --------
    >>> need = Entity("need", "phuket-1", {"title": "Old", "year": 2018})
    >>> patched(need, {"title": "New", "year": None}, Caller())
    {'id': 'phuket-1', 'type': 'need', 'title': 'New'}

    References
    ----------
    Hoffman, P., Snell, J. (2014). JSON Merge Patch. RFC 7396.
    """
    document = current.as_json()
    if caller.role in OWN_STATEMENT and patch.keys().isdisjoint(_PROVENANCE):
        for name in _PROVENANCE:
            document.pop(name, None)
    for name, value in patch.items():
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
    return document


def stated(
    snapshot: Snapshot, document: Mapping[str, Any], caller: Caller, today: str
) -> dict[str, Any]:
    """Return a contribution with the provenance that it lacks: the contributor's own statement.

    Officers of cities and countries, and partners, may leave out source, locator and date.  Then the
    statement cites what it cited before and, last, their own word of today.  If nothing else differs
    from what stands, the provenance stays as it is.  All others name their sources.
    """
    kind = snapshot.schema.entities.get(str(document.get("type")))
    source = OWN_STATEMENT.get(caller.role)
    given = [name for name in _PROVENANCE if document.get(name) is not None]
    if kind is None or not kind.provenance or source is None or given:
        return dict(document)
    if source not in snapshot.of_type("source"):
        return dict(document)  # then the schema says what is missing
    found = snapshot.entities.get(str(document.get("id")))
    standing = found if found is not None and found.type == kind.name else None
    bare = {name: value for name, value in document.items() if name not in _PROVENANCE}
    if standing is None:
        cited: list[tuple[str, str]] = []
        held = True
    else:
        if _says_the_same(standing, bare):
            return bare | {n: v for n, v in standing.as_json().items() if n in _PROVENANCE}
        cited = [(c.source, c.locator) for c in standing.citations if c.source != source]
        held = standing.values.get("source_held") is True
    cited.append((source, f"account statement, {today}"))
    return bare | {
        "source": [one for one, _ in cited],
        "locator": [place for _, place in cited],
        "date": today,
        "source_held": held,
    }


def _says_the_same(standing: Entity, document: Mapping[str, Any]) -> bool:
    """Tell whether a document sets nothing but what stands, and leaves nothing public out."""
    before = {n: v for n, v in standing.as_json().items() if n not in _PROVENANCE}
    after = {n: v for n, v in document.items() if v is not None and v != []}
    return before == after


def slug_of(text: str) -> str:
    """Return a text as an identifier, ``""`` where nothing of it can be one.

    Examples
    --------
    >>> slug_of("Revitalise Kampong Ayer (Água & Señal)"), slug_of("ที่ทดสอบ")
    ('revitalise-kampong-ayer-agua-senal', '')
    """
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    found = "-".join(words)
    if len(found) > _LONGEST_ID:
        found = found[: _LONGEST_ID + 1].rpartition("-")[0] or found[:_LONGEST_ID]
    return found


def new_ids(schema: Schema, document: Mapping[str, Any], last: str) -> Iterator[str]:
    """Yield identifiers for something new, best first: of its city or partner and its title.

    Parameters
    ----------
    last : str
        Ends the identifier that is yielded last, when all numbers are taken.

    Examples
    --------
    >>> from matchmaker.schema import load_schema
    >>> found = new_ids(load_schema(), {"type": "need", "title": "Buses", "city": "phuket"}, "x1")
    >>> next(found), next(found)
    ('phuket-buses', 'phuket-buses-2')
    """
    kind = schema.entities[str(document["type"])]
    title = document.get(kind.caption)
    owner = document.get("city") or document.get("partner") or ""
    of_owner = slug_of(owner) if isinstance(owner, str) else ""
    words = slug_of(title) if isinstance(title, str) else ""
    stem = "-".join(filter(None, (of_owner, words or kind.name.replace("_", "-"))))
    stem = stem[:_LONGEST_ID].strip("-")
    yield stem
    yield from (f"{stem}-{number}" for number in range(2, _NUMBERED))
    yield f"{stem}-{last}"


def owner_sets(snapshot: Snapshot, proposed: Entity | None, entity_id: str) -> list[frozenset[str]]:
    """Return whose something is as it stands, and whose it would be: own is what is own in both.

    So nobody takes a need into a city of his own, and nobody pushes one onto another city.
    """
    standing = snapshot.entities.get(entity_id)
    return [owners_of(snapshot, one) for one in (standing, proposed) if one is not None]
