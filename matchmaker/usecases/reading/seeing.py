"""The door for readers: whoever may read gets the graph as he sees it, and nothing else."""

from __future__ import annotations

from matchmaker.errors import MovedError
from matchmaker.graph import Snapshot
from matchmaker.permissions import Caller
from matchmaker.usecases.matches import Matcher
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service


def seen_graph(service: Service, caller: Caller) -> Snapshot:
    """Return the current snapshot as a caller sees it; take it once per request.

    Raises
    ------
    NotAllowedError
        If the caller may not read.
    """
    permit(service, caller, "graph.read")
    return service.seen_by(caller)


def seen_matches(service: Service, caller: Caller) -> tuple[Matcher, Snapshot]:
    """Return what matches are made from, and the very same state of the graph as a caller sees it.

    Matching uses public properties only, so that its own snapshot may be the whole one; what else a
    page or an answer shows comes from the view.  Declines, which are for members, are minded for
    members only: for all others a pair stands as if there were none.

    Raises
    ------
    NotAllowedError
        If the caller may not read.
    """
    permit(service, caller, "graph.read")
    while True:
        matcher = service.matcher
        seen = service.seen_by(caller)
        if service.matcher is matcher:  # else the graph moved forward between the two
            return matcher if caller.reads_members else matcher.without_declines(), seen


def follow_merged(snapshot: Snapshot, *identifiers: str) -> None:
    """Say where an entity went, if one of those asked about was merged into another one.

    For what looks identifiers up in other places than the snapshot.

    Raises
    ------
    MovedError
        Naming the entity that stays.
    """
    redirects = snapshot.redirects
    for identifier in identifiers:
        if identifier not in snapshot.entities and identifier in redirects:
            raise MovedError("node", identifier, redirects[identifier])
