"""Bundles made of suggestions by people: saved, cities asked, answered, proposed to partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid4, uuid5

from matchmaker.bundles.moves import ANSWERING, MOST_MOVES, MOVES, Move, Place, apply
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    MatchmakerError,
    NotAllowedError,
    NotFoundError,
    OpenAlreadyError,
    StoreUnavailableError,
    VersionConflictError,
)
from matchmaker.permissions import Caller, Role
from matchmaker.records import Plain
from matchmaker.usecases.brokering.engaging import open_engagement
from matchmaker.usecases.brokering.keeping import KIND as ENGAGEMENT
from matchmaker.usecases.bundles.keeping import (
    KIND,
    Bundle,
    bundle_of,
    derived,
    found,
    needs_taken,
    own,
    pair_key,
    place_of,
    read,
)
from matchmaker.usecases.bundles.showing import shown
from matchmaker.usecases.bundles.telling import tell
from matchmaker.usecases.contributing.claims import bounded
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.submissions import lists_all
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service

Expected: TypeAlias = int | Literal["any"]
LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 2000


@dataclass(frozen=True, slots=True)
class BundlePage:
    """One page of bundles."""

    items: tuple[dict[str, Any], ...]
    next: str


def save(
    service: Service, caller: Caller, title: str, needs: Sequence[str], *, suggestion: str = "",
    note: str = "", uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Make a bundle of some needs: those of a suggestion, or as somebody has changed it.

    Parameters
    ----------
    uuid : str, optional
        Names this very bundle: a repeat is no second one.

    Raises
    ------
    BadRequestError
        If the needs are no bundle; names the field.
    NotFoundError
        If there is no such need.
    ConflictError
        If one of them is in another bundle.
    """
    permit(service, caller, "bundles.manage")
    name = bounded("title", title, LONGEST_TITLE)
    text = bounded("note", note, LONGEST_NOTE, least=0)
    identifier = uuid or str(uuid4())
    if uuid and (known := service.records.get(KIND, uuid)):
        return shown(service, caller, bundle_of(known))
    places = _places(service, needs)
    move = Move(identifier, "open", caller.account, service.now(), places, note=text)
    apply(None, move)
    _refuse_taken(service, places)
    record = service.records.create(KIND, identifier, {
        "title": name, "suggestion": suggestion[:100], "at": move.at, "account": caller.account,
        "reports": {}, **derived((move,)),
    })  # fmt: skip
    return shown(service, caller, bundle_of(record))


def list_bundles(
    service: Service, caller: Caller, *, cursor: str = "", limit: int = 20
) -> BundlePage:
    """List bundles, newest first: for others than staff those that their cities are asked to join."""
    permit(service, caller, "bundles.read", own(caller))
    where: dict[str, Plain | Sequence[Plain]] = {}
    if not lists_all(caller, "bundles.read"):
        where = {"owners": sorted(caller.subjects)}
    page = page_of(service, KIND, where, cursor, limit)
    items = tuple(shown(service, caller, bundle_of(record), full=False) for record in page.items)
    return BundlePage(items, page.next)


def get_bundle(service: Service, caller: Caller, bundle_id: str) -> dict[str, Any]:
    """Return a bundle: its needs with their answers, and the engagements that came of it.

    Raises
    ------
    NotAllowedError
        If none of the caller's cities was asked.
    NotFoundError
        If there is none.
    """
    permit(service, caller, "bundles.read", own(caller))
    one = found(service, bundle_id)
    permit(service, caller, "bundles.read", one.owners)
    return shown(service, caller, one)


def version_of(service: Service, caller: Caller, bundle_id: str) -> int:
    """Return the version of a bundle, for whoever may move in it: a key that only writes does too."""
    permit(service, caller, "bundles.move", own(caller))
    one = found(service, bundle_id)
    permit(service, caller, "bundles.move", one.owners)
    return one.version


def move(
    service: Service, caller: Caller, bundle_id: str, name: str, *, needs: Sequence[str] = (),
    targets: Sequence[str] = (), note: str = "", expected: Expected = "any",
    uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Make a move: the secretariat changes, asks and proposes; an officer answers for his city's need.

    Proposing opens an engagement for each need that takes part and each target.  Asked for again with
    the same targets it only opens what is not open yet, so that it can be repeated after a crash; one
    that cannot be opened leaves the others as they are and tells why.

    Parameters
    ----------
    needs : sequence of str
        The needs that ``add``, ``remove``, ``accept`` and ``decline`` are about.
    targets : sequence of str
        Offers, or partners without one, that ``propose`` is about.
    expected : int or "any"
        The version (number of moves) that the caller has before him.
    uuid : str, optional
        Names this very move: a repeat under the same one changes nothing.

    Raises
    ------
    NotFoundError, NotAllowedError
        If there is no such bundle, or the move is not the caller's.
    BadRequestError
        If something that the move needs is missing or wrong; names the field.
    VersionConflictError, ConflictError
        If somebody else has moved meanwhile, or it is not possible as things stand.
    """
    permit(service, caller, "bundles.move", own(caller))
    before = found(service, bundle_id)
    permit(service, caller, "bundles.move", before.owners)
    if name not in MOVES:
        raise BadRequestError("move", f"must be one of {', '.join(MOVES)}")
    text = bounded("note", note, LONGEST_NOTE, least=0)
    places = _places(service, needs) if name == "add" else _named(before, needs)
    _refuse_others(caller, name, places)
    if name == "add":
        _refuse_taken(service, places)
    aims = (
        tuple(_target(service, one) for one in dict.fromkeys(targets)) if name == "propose" else ()
    )
    identifier, told = uuid or str(uuid4()), service.now()

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        one = read(bundle_id, fields)
        if any(made.uuid == identifier for made in one.moves):
            return None
        if expected not in ("any", one.version):
            raise VersionConflictError(
                f"Somebody else has moved meanwhile: the bundle has {one.version} moves, not "
                f"{expected}.",
                one.version,
            )
        if aims and _is_known(one, aims):
            return None
        if one.version >= MOST_MOVES:
            raise ConflictError(f"The bundle has {MOST_MOVES} moves, which is as many as it can.")
        at = max(told, one.moves[-1].at)
        made = Move(identifier, name, caller.account, at, places, aims, text)
        apply(one.state, made)
        return {**fields, **derived((*one.moves, made))}

    record = service.records.change(KIND, before.id, alter)
    if record is None:
        raise NotFoundError("bundle", bundle_id[:100])
    after = bundle_of(record)
    if name == "propose":
        after = _open_all(service, caller, after)
    tell(service, after)
    return shown(service, caller, after)


def engagement_id(bundle_id: str, need: str, target: str) -> str:
    """Return the identifier of the engagement that a bundle opens: the same at each attempt."""
    return str(uuid5(NAMESPACE_URL, f"bundle|{bundle_id}|{need}|{target}"))


def _open_all(service: Service, caller: Caller, one: Bundle) -> Bundle:
    """Open what is to be open, one after the other, and keep what became of each."""
    reports = {
        pair_key(need, target): _opened(service, caller, one, need, target)
        for need, target in one.state.proposed
    }
    record = service.records.change(KIND, one.id, lambda held: {**held, "reports": reports})
    if record is None:
        raise NotFoundError("bundle", one.id)
    return bundle_of(record)


def _opened(
    service: Service, caller: Caller, one: Bundle, need: str, target: str
) -> dict[str, str]:
    """Open one engagement, unless an earlier attempt has; return its identifier, or what is wrong."""
    identifier = engagement_id(one.id, need, target)
    if service.records.get(ENGAGEMENT, identifier):
        return {"engagement": identifier, "problem": ""}
    is_offer = target in service.snapshot.of_type("offer")
    note = f"Part of the bundle {one.id}: {one.title}"
    try:
        made = open_engagement(
            service, caller, need, offer=target if is_offer else "",
            partner="" if is_offer else target, note=note, uuid=identifier,
        )  # fmt: skip
    except OpenAlreadyError as error:
        return {"engagement": error.engagement, "problem": str(error)}
    except StoreUnavailableError:
        raise
    except MatchmakerError as error:
        return {"engagement": "", "problem": str(error)}
    return {"engagement": made["id"], "problem": ""}


def _is_known(one: Bundle, aims: Sequence[str]) -> bool:
    """Tell whether all of a proposal has been proposed already, by an earlier attempt."""
    wanted = {(need, target) for need in one.state.accepted for target in aims}
    return bool(wanted) and wanted <= set(one.state.proposed)


def _places(service: Service, needs: Sequence[str]) -> dict[str, Place]:
    """Return needs that stand open, each with where it is."""
    places = {}
    for need in dict.fromkeys(needs):
        places[need] = place_of(service, need)
        if service.snapshot.get("need", need).text("status") not in ("", "open"):
            raise BadRequestError("needs", f"{need!r} does not stand open")
    return places


def _named(one: Bundle, needs: Sequence[str]) -> dict[str, Place]:
    """Return needs of a bundle, each with where it is."""
    for need in needs:
        if need not in one.state.places:
            raise BadRequestError("needs", f"{need[:100]!r} is not in the bundle")
    return {need: one.state.places[need] for need in dict.fromkeys(needs)}


def _refuse_taken(service: Service, places: Mapping[str, Place]) -> None:
    taken = sorted(needs_taken(service) & places.keys())
    if taken:
        raise ConflictError(f"{taken[0]!r} is in another bundle; take it out or close that first.")


def _refuse_others(caller: Caller, name: str, places: Mapping[str, Place]) -> None:
    """Refuse a move that is not the caller's.

    Raises
    ------
    NotAllowedError
        If an officer does what is the secretariat's, or somebody answers for another's city.
    """
    officer = caller.role is Role.CITY_OFFICER
    if name not in ANSWERING:
        if officer:
            raise NotAllowedError(f"'{name}' is for the secretariat.")
        return
    if not officer or any(place.city not in caller.subjects for place in places.values()):
        raise NotAllowedError(f"'{name}' is for an officer of the need's city.")


def _target(service: Service, identifier: str) -> str:
    """Return an offer or partner that there is.

    Raises
    ------
    BadRequestError
        If there is none.
    """
    snapshot = service.snapshot
    if identifier in snapshot.of_type("offer") or identifier in snapshot.of_type("partner"):
        return identifier
    raise BadRequestError("targets", f"{identifier[:100]!r} is no offer and no partner")
