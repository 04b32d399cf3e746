"""Uploads of many rows: received into a file, checked and published in the background, reported on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args
from uuid import uuid4

from matchmaker.accounts.times import later
from matchmaker.checking import closest
from matchmaker.errors import (
    BadRequestError,
    ConflictError,
    MatchmakerError,
    NotAllowedError,
    NotFoundError,
    StoreUnavailableError,
)
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.schema import EntityType
from matchmaker.usecases.contributing import uploading
from matchmaker.usecases.contributing.paging import page_of
from matchmaker.usecases.contributing.rows import FORMS, Form
from matchmaker.usecases.contributing.uploading import KIND, WORKING, Task
from matchmaker.usecases.permitting import note, permit
from matchmaker.usecases.service import Service

Mode: TypeAlias = Literal["all-or-nothing", "valid-rows"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
LARGEST_FILE: Final = 200 * 1024 * 1024
_FOLDER: Final = "uploads"
_SILENT: Final = timedelta(seconds=60)
_INTERRUPTED: Final = (
    "The service was stopped while it worked on this. Nothing was changed: upload again."
)
_LISTED: Final = (
    "at", "state", "type", "format", "mode", "validate", "account", "bytes", "step", "done", "total",
    "rows", "fault_count", "created", "updated", "unchanged", "message", "sequence", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UploadPage:
    """One page of uploads, newest first."""

    items: tuple[dict[str, Any], ...]
    next: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be read, and what is to become of it.

    Parameters
    ----------
    kind : EntityType or None
        What the rows are; None if each says so itself.
    """

    form: Form
    kind: EntityType | None
    mode: Mode = "all-or-nothing"
    dry_run: bool = False


def permitted(service: Service, caller: Caller) -> None:
    """Refuse whoever may not upload; asked before anything is read.

    A row replaces a whole entity, so that it takes somebody who sees all of it.

    Raises
    ------
    NotAllowedError
        If the caller may not.
    """
    permit(service, caller, "bulk.upload")
    if not caller.reads_members:
        raise NotAllowedError(
            "Upload many rows at once: the API key needs the scope 'read:members' too, for a row "
            "replaces all that an entity holds."
        )


def wish_of(
    service: Service, *, form: str, plural: str | None, mode: str | None, dry_run: bool
) -> Wish:
    """Return what is wished for, from its words.

    Raises
    ------
    BadRequestError
        If one of them is unknown.
    """
    kind = service.schema.by_plural(plural) if plural else None
    if plural and kind is None:
        known = [one.plural for one in service.schema.entities.values()]
        hint = closest(plural[:100], known)
        raise BadRequestError("type", f"must be one of {', '.join(known)}{hint}")
    chosen = next((one for one in MODES if one == (mode or MODES[0])), None)
    if chosen is None:
        raise BadRequestError("mode", f"must be one of {', '.join(MODES)}")
    read = next((one for one in FORMS if one == form), None)
    if read is None:
        raise BadRequestError("format", f"must be one of {', '.join(FORMS)}")
    if read == "csv" and kind is None:
        raise BadRequestError("type", "is needed with a table: what its rows are")
    return Wish(read, kind, chosen, dry_run)


def begin(
    service: Service, caller: Caller, wish: Wish, pieces: Iterable[bytes], *, wait: bool = False
) -> dict[str, Any]:
    """Receive a file and begin to check and publish it.

    Parameters
    ----------
    pieces : iterable of bytes
        The file, piece by piece; whatever it raises ends the upload, and nothing is left of it.
    wait : bool
        Whether to return only when all is done (for the command line and tests).

    Returns
    -------
    dict
        As :func:`get_upload` does.

    Raises
    ------
    NotAllowedError
        If the caller may not upload.
    ConflictError
        If another upload is under way.
    StoreUnavailableError
        If the database is away.
    """
    permitted(service, caller)
    _refuse_if_busy(service)
    identifier = str(uuid4())
    folder = service.settings.data_dir / _FOLDER
    path = folder / f"{identifier}.part"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        size, lines = _receive(path, pieces)
        now = service.now()
        record = service.records.create(KIND, identifier, {
            "account": caller.account,
            "at": now,
            "state": "checking",
            "type": wish.kind.plural if wish.kind else "",
            "format": wish.form,
            "mode": wish.mode,
            "validate": wish.dry_run or caller.sandbox,
            "bytes": size,
            "beat_at": now,
            **uploading.nothing_done(lines),
        })  # fmt: skip
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    dry_run = wish.dry_run or caller.sandbox
    thread = uploading.start(
        service,
        Task(identifier, path, wish.form, wish.kind, wish.mode == MODES[1], dry_run, caller.actor),
        lines,
    )
    note(service, caller.account, "uploaded", upload=identifier)
    if wait:
        thread.join()
        return get_upload(service, caller, identifier)
    return _shown(record) | {"faults": []}


def get_upload(service: Service, caller: Caller, upload_id: str) -> dict[str, Any]:
    """Return an upload with its report.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    permit(service, caller, "bulk.upload")
    record = service.records.get(KIND, upload_id[:100])
    if record is None:
        raise NotFoundError("upload", upload_id[:100])
    return _in_full(_settled(service, record))


def list_uploads(
    service: Service, caller: Caller, *, cursor: str = "", limit: int = 20
) -> UploadPage:
    """List uploads, newest first, without the faults of their rows."""
    permit(service, caller, "bulk.upload")
    page = page_of(service, KIND, {}, cursor, limit)
    return UploadPage(tuple(_shown(_settled(service, one)) for one in page.items), page.next)


def _receive(path: Path, pieces: Iterable[bytes]) -> tuple[int, int]:
    """Write a file; return how many bytes and lines it has."""
    size = lines = 0
    last = b"\n"
    with path.open("xb") as stream:
        for piece in pieces:
            stream.write(piece)
            size += len(piece)
            lines += piece.count(b"\n")
            last = piece[-1:] or last
    return size, lines + (last != b"\n")


def _refuse_if_busy(service: Service) -> None:
    found = service.records.find(KIND, {"state": list(WORKING)}, order_by="at", descending=True)
    if any(_settled(service, record)["state"] in WORKING for record in found):
        raise ConflictError(
            "Another upload is under way; see /api/v1/uploads. Begin when it has ended."
        )


def _settled(service: Service, record: Record) -> Record:
    """Return an upload; one whose process has died is brought to its end first.

    Whether it was published is known from the change log, which names each upload.
    """
    silent = record["beat_at"] < later(service.now(), -_SILENT)
    if record["state"] not in WORKING or not silent or uploading.is_running(record.id):
        return record
    try:
        done = service.upload((), actor="service", uuid=record.id)
    except StoreUnavailableError:
        return record
    except MatchmakerError:
        done = None
    told: dict[str, Any] = {"state": "failed", "message": _INTERRUPTED}
    if done is not None and done.created + done.updated:
        told = uploading.published(done)
    told["ended_at"] = service.now()

    def alter(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        overtaken = fields["state"] not in WORKING or fields["beat_at"] != record["beat_at"]
        return None if overtaken else {**fields, **told}

    with contextlib.suppress(OSError):
        (service.settings.data_dir / _FOLDER / f"{record.id}.part").unlink(missing_ok=True)
    return service.records.change(KIND, record.id, alter) or record


def _shown(record: Record) -> dict[str, Any]:
    return {"id": record.id, **{name: record.get(name) for name in _LISTED}}


def _in_full(record: Record) -> dict[str, Any]:
    faults = [
        {"row": row, "column": column, "message": message}
        for row, column, message in record.get("faults", ())
    ]
    return _shown(record) | {"faults": faults}
