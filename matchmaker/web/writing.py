"""The API's writes: who may, what a body may be, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from matchmaker.errors import Fault, InvalidDataError, NotAllowedError
from matchmaker.model import Change
from matchmaker.web.http import UnreadableError, current_service, json_response, only
from matchmaker.web.problems import MissingTokenError, WritesOffError

LARGEST_BODY: Final = 1024 * 1024
READ_ONLY: Final = ("caption", "citations", "links", "relationships", "version")
ACTOR: Final = "api"


def _guard() -> None:
    """Let only those write who carry the token.

    Raises
    ------
    WritesOffError
        If the service has no token, so that nobody can write.
    MissingTokenError
        If the request does not carry the token.
    """
    service = current_service()
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        service.authorise_write(given.strip() if scheme.lower() == "bearer" else None)
    except NotAllowedError as error:
        if service.settings.write_token is None:
            raise WritesOffError(str(error)) from None
        raise MissingTokenError(f"{error} Send the header 'Authorization: Bearer TOKEN'.") from None


def _body() -> dict[str, Any]:
    """Read the body of a write: a JSON object of at most ``LARGEST_BODY`` bytes."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    raw = request.get_data(cache=False)
    if len(raw) > LARGEST_BODY:
        raise RequestEntityTooLarge  # came in pieces, without its length
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"The body is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidDataError([Fault("", 0, "", "must be a JSON object")])
    return document


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


def put_view(entity: str, id: str) -> Response:
    """Create or replace an entity."""
    _guard()
    only(request.args)
    document = writable(_body())
    for name, value in (("id", id), ("type", entity)):
        if document.setdefault(name, value) != value:
            message = f"is {str(document[name])[:100]!r}, but the address says {value[:100]!r}"
            raise InvalidDataError([Fault("", 0, name, message)])
    change = current_service().put(document, actor=ACTOR)
    created = change is not None and change.before is None
    response = json_response(_written(change, id), 201 if created else 200)
    response.headers["Location"] = url_for(f"api.get_{entity}", id=id)
    return response


def delete_view(entity: str, id: str) -> Response:
    """Delete an entity that nothing refers to."""
    _guard()
    only(request.args)
    service = current_service()
    if id in service.snapshot.entities:
        service.snapshot.get(entity, id)  # an entity of another type is not found at this address
    return json_response(_written(service.delete(id, actor=ACTOR), id))


def _written(change: Change | None, identifier: str) -> dict[str, Any]:
    if change is None:
        return {"id": identifier, "changed": False}
    return {
        "id": identifier,
        "changed": True,
        "sequence": change.sequence,
        "at": change.at,
        "before": change.before.as_json() if change.before else None,
        "after": change.after.as_json() if change.after else None,
    }
