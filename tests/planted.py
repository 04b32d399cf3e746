"""A made-up world in which every property that is not public holds a mark that is found again."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from matchmaker.model import Entity, Value
from matchmaker.permissions import Caller, Role, Scope
from matchmaker.schema import Property
from matchmaker.store.codec import in_order
from matchmaker.visibility import hidden_properties
from tests.factory import SCHEMA, small_world

COUNTRY = {"uptown": "upland", "midtown": "upland", "lowtown": "lowland"}
"""Country of each city of the small world."""


def digits(entity: str, name: str) -> int:
    """Return a number of nine digits that stands for one property of one entity."""
    raw = hashlib.sha256(f"{entity} {name}".encode()).digest()
    return 100_000_000 + int.from_bytes(raw[:4]) % 900_000_000


def letters(entity: str, name: str) -> str:
    """Return three capital letters, rare in texts, that stand for one property of one entity."""
    number = digits(entity, name)
    return "".join("QXZVJK"[number // 6**place % 6] for place in range(3))


def value_of(entity: Entity, prop: Property) -> Value:
    """Return the mark that a property of an entity holds."""
    if prop.kind == "number":
        return float(digits(entity.id, prop.name))
    if prop.pattern == "[A-Z]{3}":
        return letters(entity.id, prop.name)
    return f"Mark {digits(entity.id, prop.name)} of {prop.name}"


def marks_of(entity: Entity, prop: Property) -> tuple[str, ...]:
    """Return the texts that betray the mark, as programs and as people write it."""
    number = digits(entity.id, prop.name)
    if prop.pattern == "[A-Z]{3}":
        return (f'"{letters(entity.id, prop.name)}"', f">{letters(entity.id, prop.name)}<")
    return (str(number), f"{number:,}")


def planted(entity: Entity) -> Entity:
    """Return an entity with a mark in every property that is not public."""
    marks = {p.name: value_of(entity, p) for p in hidden_properties(SCHEMA).get(entity.type, ())}
    return in_order(SCHEMA, replace(entity, values={**entity.values, **marks}))


def planted_world() -> list[Entity]:
    """Return the small world with marks in every property that is not public."""
    return [planted(entity) for entity in small_world()]


def sees(caller: Caller, entity: Entity, prop: Property) -> bool:
    """Tell whether a caller is to see a property, as the rules say in words."""
    with_members = caller.scopes is None or Scope.READ_MEMBERS in caller.scopes
    if caller.role in (Role.PUBLIC, Role.PORTAL) or not with_members:
        return False
    if prop.visibility == "members" or caller.role in (Role.SECRETARIAT, Role.ADMINISTRATOR):
        return True
    city, partner = entity.text("city"), entity.text("partner")
    theirs = {city, COUNTRY.get(city, ""), partner or (entity.id if not city else "")}
    return bool(caller.subjects & theirs)


_SCOPES = (None, frozenset({Scope.READ}), frozenset({Scope.READ, Scope.READ_MEMBERS}))
_SUBJECTS = {
    Role.PORTAL: ("", "uptown"),
    Role.PARTNER: ("bank", "busmaker", "college"),
    Role.CITY_OFFICER: ("uptown", "lowtown"),
    Role.NATIONAL_REPRESENTATIVE: ("upland", "lowland"),
}
AUDIENCES: tuple[Caller, ...] = (
    Caller(),
    *(
        Caller(role, f"account-{role.value}", frozenset({subject} - {""}), scopes)
        for role in Role
        if role is not Role.PUBLIC
        for subject in _SUBJECTS.get(role, ("",))
        for scopes in _SCOPES
    ),
)
"""Every role with every kind of credentials, speaking for one side or another."""
