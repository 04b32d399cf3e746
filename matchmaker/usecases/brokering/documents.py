"""Documents of an engagement, for its parties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matchmaker.permissions import Caller
from matchmaker.usecases.brokering import papers
from matchmaker.usecases.brokering.engaging import seen
from matchmaker.usecases.brokering.papers import Paper
from matchmaker.usecases.brokering.standing import own
from matchmaker.usecases.permitting import permit
from matchmaker.usecases.service import Service


def add_document(
    service: Service, caller: Caller, engagement_id: str, name: str, pieces: Iterable[bytes], *,
    uuid: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Add a document to an engagement; a move then names it by its identifier.

    Parameters
    ----------
    name : str
        Of the file, as its owner calls it; only the end of a path is kept, cleaned.
    pieces : iterable of bytes
        The file, piece by piece; whatever it raises ends it, and nothing is left.
    uuid : str, optional
        Names this very document, and becomes its identifier.

    Raises
    ------
    NotFoundError
        If there is no such engagement, or the caller is no party to it.
    BadRequestError
        If the file is empty, too large, of a type that is not taken, or refused by the scanner.
    ConflictError
        If the engagement has too many documents.
    """
    permit(service, caller, "documents.add", own(caller))
    one = seen(service, caller, engagement_id)
    return papers.receive(service, caller, papers.of_engagement(one.id), name, pieces, uuid)


def list_documents(service: Service, caller: Caller, engagement_id: str) -> list[dict[str, Any]]:
    """Return the documents of an engagement, oldest first.

    Raises
    ------
    NotFoundError
        If there is no such engagement, or the caller is no party to it.
    """
    permit(service, caller, "documents.read", own(caller))
    one = seen(service, caller, engagement_id)
    return papers.documents_of(service, papers.of_engagement(one.id))


def open_document(service: Service, caller: Caller, engagement_id: str, document_id: str) -> Paper:
    """Return the file of a document, to be sent as an attachment.

    Raises
    ------
    NotFoundError
        If there is none, or the caller is no party to the engagement.
    ConflictError
        If it is held back because it could not be looked through.
    """
    permit(service, caller, "documents.read", own(caller))
    one = seen(service, caller, engagement_id)
    return papers.opened(service, papers.of_engagement(one.id), document_id)
