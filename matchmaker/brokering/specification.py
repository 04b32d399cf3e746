"""What may stand in ``brokering.yaml``: every key, every kind of value, every name that must exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

from matchmaker.errors import Fault
from matchmaker.permissions import Role

Check: TypeAlias = Callable[[Any], str | None]
"""Returns what is wrong with a value, None if nothing is."""
Table: TypeAlias = Mapping[str, tuple[Check, bool]]
"""By key: how its value is checked, and whether it must be there."""

_SUBJECTS: Final = ("partner", "city", "country")
_NEEDS: Final = ("reason", "note", "form", "document", "meeting", "which")
_LONGEST_DAYS: Final = 3650


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be a text"


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _days(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 0 < value <= _LONGEST_DAYS else "must be a number of days above 0"


def _one_of(*known: str) -> Check:
    return lambda value: None if value in known else f"must be one of {', '.join(known)}"


def _several(check: Check, what: str) -> Check:
    def found(value: Any) -> str | None:
        if not isinstance(value, list) or any(check(one) for one in value):
            return f"must be a list of {what}"
        return "names something twice" if len({*value}) < len(value) else None

    return found


_names: Final = _several(_text, "names")


def _stages(*words: str) -> Check:
    return lambda value: (
        None if value in words or (value and _names(value) is None)
        else f"must be a list of stages, or {' or '.join(words)}"
    )  # fmt: skip


def _texts_by_name(value: Any) -> str | None:
    good = (
        isinstance(value, dict) and all(map(_is_text, value)) and all(map(_is_text, value.values()))
    )
    return None if good and value else "must be a mapping of parties to rules"


def _is_text(value: Any) -> bool:
    return _text(value) is None


def _switch(value: Any) -> str | None:
    if not isinstance(value, dict) or value.keys() != {"days", "except"} or _days(value["days"]):
        return "must have days (a number above 0) and except (a mapping of countries)"
    exceptions = value["except"]
    if not isinstance(exceptions, dict):
        return "except must be a mapping of countries"
    for country, found in exceptions.items():
        by_days = isinstance(found, dict) and found.keys() == {"days"} and not _days(found["days"])
        if not _is_text(country) or not (found is False or by_days):
            return f"except: {country}: must be off, or have days (a number above 0)"
    return None


SECTIONS: Final[Mapping[str, Table]] = {
    "stages": {
        "label": (_text, True), "kind": (_one_of("path", "pause", "end"), True), "says": (_text, True),
    },
    "parties": {
        "label": (_text, True),
        "roles": (_several(_one_of(*(role.value for role in Role)), "roles"), True),
        "subject": (_one_of(*_SUBJECTS), False),
    },
    "rules": {
        "origin": (_one_of("clause", "source", "house"), True), "says": (_text, True),
        "cites": (_text, True), "switch": (_switch, False), "partner_kinds": (_names, False),
        "guards": (_names, False), "requires_due_diligence": (_boolean, False),
    },
    "consents": {
        "label": (_text, True), "of": (_texts_by_name, True), "stage": (_text, False),
        "then": (_text, False),
    },
    "reasons": {"label": (_text, True), "moves": (_names, True), "lasting": (_boolean, True)},
    "forms": {"label": (_text, True), "role": (_text, False), "support_type": (_text, False)},
    "moves": {
        "label": (_text, True), "says": (_text, True), "to": (_text, True), "by": (_names, True),
        "rule": (_text, True), "from": (_stages("open", "path", "any"), False),
        "opens": (_one_of("interest", "request", "proposal"), False), "about": (_names, False),
        "needs": (_several(_one_of(*_NEEDS), f"{', '.join(_NEEDS)}"), False), "gives": (_text, False),
        "when": (_one_of("lasting"), False),
    },
    "clocks": {
        "stages": (_stages("escalated"), True), "party": (_text, True), "days": (_days, True),
        "reminders": (_several(_days, "days"), True), "then": (_text, True), "rule": (_text, True),
        "counts_from": (_one_of("begun", "last_move"), False),
    },
}  # fmt: skip
"""Every section of the file."""


def faults_of(file: str, document: Any, countries: Collection[str] | None) -> list[Fault]:
    """Return everything that is wrong with the rules; names are looked up once the shape is right."""
    wrong = list(_shape(document))
    if not wrong:
        wrong = [*_names_wrong(document, countries), *_missing(document)]
    return [Fault(file, 0, where, message) for where, message in wrong]


def _shape(document: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(document, dict):
        yield "", "must be a mapping of sections"
        return
    for name in sorted(document.keys() - SECTIONS.keys(), key=str):
        yield str(name), f"unknown section (known: {', '.join(SECTIONS)})"
    for name, table in SECTIONS.items():
        section = document.get(name)
        if not isinstance(section, dict) or not section:
            yield name, "is missing, or no mapping"
            continue
        for key, spec in section.items():
            yield from _entry(f"{name}.{key}", key, spec, table)


def _entry(where: str, key: Any, spec: Any, table: Table) -> Iterator[tuple[str, str]]:
    if not _is_text(key) or not isinstance(spec, dict):
        yield where, "must be a name with a mapping of keys to values"
        return
    for name in sorted(spec.keys() - table.keys(), key=str):
        yield where, f"unknown key {name!r} (known: {', '.join(table)})"
    for name, (check, required) in table.items():
        if name not in spec:
            if required:
                yield where, f"key {name!r} is missing"
        elif message := check(spec[name]):
            yield f"{where}.{name}", message


def _names_wrong(
    document: Mapping[str, Any], countries: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    """Yield every name that stands for nothing."""
    for where, named, known in _named(document, countries):
        for name in named:
            if name not in known:
                yield where, f"there is no {name!r} (known: {', '.join(sorted(known)[:30])})"


def _named(
    document: Mapping[str, Any], countries: Collection[str] | None
) -> Iterator[tuple[str, Collection[str], Collection[str]]]:
    """Yield (where, names, what they may be)."""
    stages, parties, rules = (set(document[n]) for n in ("stages", "parties", "rules"))
    moves, consents = document["moves"], set(document["consents"])
    by_clock = {n for n, spec in moves.items() if "clock" in spec["by"]}
    for name, spec in document["rules"].items():
        yield f"rules.{name}.guards", spec.get("guards", []), set(moves)
        if countries is not None and "switch" in spec:
            yield f"rules.{name}.switch", list(spec["switch"]["except"]), countries
    for name, spec in document["consents"].items():
        yield f"consents.{name}.of", list(spec["of"]), parties
        yield f"consents.{name}.of", list(spec["of"].values()), rules
        yield f"consents.{name}", [spec[n] for n in ("stage", "then") if n in spec], stages
    for name, spec in document["reasons"].items():
        yield f"reasons.{name}.moves", spec["moves"], set(moves)
    for name, spec in moves.items():
        where = f"moves.{name}"
        sources = spec.get("from", [])
        yield f"{where}.from", sources if isinstance(sources, list) else [], stages
        yield f"{where}.to", [spec["to"]], stages | {"stays", "back"}
        yield f"{where}.by", spec["by"], parties | {"opener"}
        yield f"{where}.about", spec.get("about", []), parties
        yield f"{where}.rule", [spec["rule"]], rules
        yield f"{where}.gives", [spec["gives"]] if "gives" in spec else [], consents
    for name, spec in document["clocks"].items():
        where = f"clocks.{name}"
        yield f"{where}.stages", spec["stages"] if isinstance(spec["stages"], list) else [], stages
        yield f"{where}.party", [spec["party"]], parties
        yield f"{where}.then", [spec["then"]], by_clock | {"remind"}
        yield f"{where}.rule", [spec["rule"]], rules


def _missing(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what each entry says by itself but does not make sense."""
    moves, stages = document["moves"], document["stages"]
    ends = {name for name, spec in stages.items() if spec["kind"] == "end"}
    for name in ("partner", "city", "country", "secretariat", "clock"):
        if name not in document["parties"]:
            yield "parties", f"{name!r} is missing"
    for name in ("silence", "escalate"):
        if name not in moves or moves[name]["by"] != ["clock"]:
            yield "moves", f"{name!r} is missing, or not of the clock alone"
    routes = [spec["opens"] for spec in moves.values() if "opens" in spec]
    for route in ("interest", "request", "proposal"):
        if routes.count(route) != 1:
            yield "moves", f"one move, and only one, opens {route!r}"
    for name, spec in moves.items():
        where, sources = f"moves.{name}", spec.get("from", [])
        if ("opens" in spec) == bool(sources):
            yield where, "either opens a route or has stages that it starts from"
        if "opens" in spec and spec["to"] not in stages:
            yield f"{where}.to", "must be a stage, for the move opens a route"
        leads_out = sources == "any" or (isinstance(sources, list) and ends & {*sources})
        if leads_out and spec["to"] != "stays":
            yield where, "leads out of an end"
        if spec["to"] == "back" and sources != _pauses(stages):
            yield where, "goes back from something that is no pause"
        reasoned = any(name in one["moves"] for one in document["reasons"].values())
        if "reason" in spec.get("needs", []) and not reasoned:
            yield where, "needs a reason, and there is none for it"
        if "clock" in spec["by"] and "about" not in spec:
            yield where, "is made by the clock, and does not say whom it can be about"
    for name, spec in document["consents"].items():
        if ("stage" in spec) != ("then" in spec):
            yield f"consents.{name}", "has a stage without what follows it, or the other way round"
    clocks = document["clocks"]
    for name, spec in clocks.items():
        where, then = f"clocks.{name}", spec["then"]
        if then != "remind" and spec["party"] not in moves[then].get("about", []):
            yield f"{where}.then", f"{then!r} is not about {spec['party']!r}"
        if any(day >= spec["days"] for day in spec["reminders"]):
            yield f"{where}.reminders", "must come before it is due"
    if sum(spec["stages"] == "escalated" for spec in clocks.values()) > 1:
        yield "clocks", "only one clock runs while something is escalated"


def _pauses(stages: Mapping[str, Any]) -> list[str]:
    return [name for name, spec in stages.items() if spec["kind"] == "pause"]
