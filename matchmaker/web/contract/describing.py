"""What the OpenAPI document says of every operation alike: who may, headers, problems, answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from matchmaker.permissions import SANDBOX
from matchmaker.schema import Schema
from matchmaker.usecases.reading.languages import LANGUAGES
from matchmaker.web.contract.operation import Operation
from matchmaker.web.problems import KINDS

Json = dict[str, Any]

SCHEMES: Final[Json] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "mk_...",
        "description": "An API key. Its scopes bound what it may be used for; `x-required-scope` "
        "names the one that an operation needs. With the key of a sandbox writes are dry runs.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "matchmaker_session",
        "description": "The session of somebody who has signed in on the pages. Over HTTPS the name "
        "of the cookie is `__Host-matchmaker`.",
    },
}
_TEXT: Final[Json] = {"type": "string"}
HEADERS: Final[Json] = {
    "ETag": {"description": "Send it back in If-None-Match, or with a write in If-Match.",
             "schema": _TEXT},
    "Content-Language": {"description": "Language of names and meanings.",
                         "schema": {"type": "string", "enum": list(LANGUAGES)}},
    "Location": {"description": "Address of what was made, or of what takes its place.",
                 "schema": _TEXT},
    "RateLimit-Policy": {"description": "Name, quota and window of the limit that counts.",
                         "schema": _TEXT, "example": '"address";q=600;w=60'},
    "RateLimit": {"description": "What is left of it, and in how many seconds it is whole again.",
                  "schema": _TEXT, "example": '"address";r=599;t=60'},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to make oneself known.", "schema": _TEXT,
                         "example": 'Bearer realm="matchmaker"'},
    "Idempotency-Replayed": {"description": "The answer given before to the same key.",
                             "schema": {"type": "string", "enum": ["true"]}},
    "Deprecation": {"description": "Since when the operation is to be avoided (RFC 9745).",
                    "schema": _TEXT},
    "Sunset": {"description": "When the operation goes away (RFC 8594).", "schema": _TEXT},
}  # fmt: skip
_HEADERS_OF_STATUS: Final = {
    201: ("Location",), 308: ("Location",), 401: ("WWW-Authenticate",), 429: ("Retry-After",),
    503: ("Retry-After",),
}  # fmt: skip
_GOOD: Final = {200: "OK", 201: "Created", 202: "Accepted", 204: "Done; there is nothing to tell"}
_TAGS: Final = {
    "service": "The service itself: entry point, state of the data, schema, this document.",
    "matches": "Matches between needs and what partners offer, explained.",
    "graph": "Any entity or relationship by its identifiers.",
    "search": "Search over the texts of all entities.",
}


def ref(place: str, name: str) -> Json:
    """Return a reference to a component of the document."""
    return {"$ref": f"#/components/{place}/{name}"}


def security(operation: Operation) -> list[Json]:
    """Return with what credentials an operation may be used; an empty one means with none."""
    known: list[Json] = [{name: []} for name in SCHEMES]
    return [{}, *known] if operation.public else known


def described(operation: Operation) -> Json:
    """Return what is told of an operation beside its parameters, body and answers."""
    scope = f"an API key with the scope `{operation.scope}`"
    who = f"Open to all; {scope} counts" if operation.public else f"Needs a session or {scope}"
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description or operation.summary + '.'} {who}.",
        "tags": [operation.tag],
        "security": security(operation),
        "x-permission": operation.permission,
        "x-required-scope": operation.scope,
        "x-sandbox": _in_sandbox(operation),
    }
    if operation.deprecated_on:
        told["deprecated"] = True
        told["x-deprecated-on"] = operation.deprecated_on.isoformat()
    if operation.sunset_on:
        told["x-sunset-on"] = operation.sunset_on.isoformat()
    return told


def _in_sandbox(operation: Operation) -> str:
    if operation.permission not in SANDBOX:
        return "refused"
    writes = operation.permission.partition(".")[2] not in ("read", "query", "list")
    return "dry run" if writes else "same"


def header_parameters(operation: Operation) -> Iterator[Json]:
    """Yield the headers that a request may send."""

    def header(name: str, words: str, example: str, schema: Json | None = None) -> Json:
        shape = schema or _TEXT
        told = {"name": name, "in": "header", "required": False, "description": words}
        return told | {"schema": shape, "example": example}

    if operation.reads:
        yield header("If-None-Match", "Entity tag of what is had already.", '"0-none"')
        words = "Languages wished for; names and meanings are told in Thai where there are any."
        yield header("Accept-Language", words, "th, en;q=0.5")
    if operation.conditional:
        words = "ETag of what was read, or its version in quotation marks; else 412."
        yield header("If-Match", words, '"17"')
        if operation.method == "PUT":
            yield header("If-None-Match", "`*`: create, never replace; else 412.", "*")
    if operation.idempotent:
        words = "Any text, new for each new request; sent again it gives the same answer."
        shape = {**_TEXT, "minLength": 1, "maxLength": 255}
        yield header("Idempotency-Key", words, "8e03978e-40d5-43e8-bc93-6894a57f9324", shape)


def responses(operation: Operation) -> Json:
    """Return every answer that an operation may give."""
    told: Json = {}
    for status in operation.good:
        told[str(status)] = _good(operation, status)
    if operation.reads:
        words = "Not changed since the entity tag in If-None-Match."
        told["304"] = {"description": words, "headers": _headers("ETag")}
    for slug in problems_of(operation):
        kind = KINDS[slug]
        words = f"{kind.title} (/problems/{slug})"
        known = told.get(str(kind.status))
        if known is not None:
            known["description"] += f"; {words}"
            continue
        content = {"application/problem+json": {"schema": ref("schemas", "Problem")}}
        names = ("RateLimit-Policy", "RateLimit", *_HEADERS_OF_STATUS.get(kind.status, ()))
        told[str(kind.status)] = {
            "description": words, "headers": _headers(*names), "content": content,
        }  # fmt: skip
    return told


def problems_of(operation: Operation) -> Iterable[str]:
    """Return the slugs of all problems that an operation may answer, each once."""
    found = ["bad-request", "bad-parameter", "key-refused"]
    if not operation.public:
        found.append("sign-in-needed")
    found += ["not-allowed", *operation.problems]
    if operation.reads and "not-found" in operation.problems:
        found.append("moved")
    if operation.conditional:
        found.append("precondition-failed")
    if operation.idempotent:
        found += ["request-under-way", "idempotency-key-reused"]
    return dict.fromkeys([*found, "too-many-requests", "server-error", "database-away"])


def _good(operation: Operation, status: int) -> Json:
    names = ["RateLimit-Policy", "RateLimit", *_HEADERS_OF_STATUS.get(status, ())]
    if operation.reads:
        names += ["ETag", "Content-Language"]
    if operation.idempotent:
        names.append("Idempotency-Replayed")
    if operation.deprecated_on:
        names += ["Deprecation", "Sunset"]
    told: Json = {"description": _GOOD[status], "headers": _headers(*names)}
    if operation.answer and status != 204:
        told["content"] = {
            kind: {"schema": ref("schemas", operation.answer) if place == 0 else _plain(kind)}
            for place, kind in enumerate(operation.media)
        }
    return told


def _plain(media: str) -> Json:
    """Return the schema of an answer in another form than the usual one."""
    return {"type": "object"} if media.endswith("json") else _TEXT


def _headers(*names: str) -> Json:
    return {name: ref("headers", name) for name in names}


def headers_of(paths: Mapping[str, Json]) -> Json:
    """Return the headers that the operations of a document name."""
    answers = (
        answer
        for methods in paths.values()
        for told in methods.values()
        for answer in told["responses"].values()
    )
    used = {name for answer in answers for name in answer.get("headers", ())}
    return {name: shape for name, shape in HEADERS.items() if name in used}


def tags(schema: Schema, operations: Iterable[Operation]) -> list[Json]:
    """Return every tag in use with what it stands for."""
    known = _TAGS | {kind.plural: kind.description for kind in schema.entities.values()}
    used = dict.fromkeys(operation.tag for operation in operations)
    return [
        {"name": tag, "description": known.get(tag, f"{tag.replace('-', ' ').capitalize()}.")}
        for tag in used
    ]
