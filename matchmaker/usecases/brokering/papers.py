"""Documents: received and checked, kept under their checksum, given out to whoever their holder lets.

A document belongs to an engagement or to a white paper.  A file lies under ``data_dir/documents`` by
its sha256, outside of everything that is served; who may have it is asked each time.  A file whose
record was never made is swept away later.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from matchmaker.brokering.filetypes import TYPES, clean_name, type_of
from matchmaker.errors import BadRequestError, ConflictError, NotFoundError
from matchmaker.permissions import Caller
from matchmaker.records import Record
from matchmaker.usecases.accounts.keeping import every
from matchmaker.usecases.permitting import note
from matchmaker.usecases.service import Service

KIND: Final = "document"
LARGEST_FILE: Final = 20 * 1024 * 1024
MOST_OF_HOLDER: Final = 200
STATES: Final = ("clean", "unscanned", "held")
"""``clean``: looked through; ``unscanned``: no scanner is set; ``held``: the scanner has failed."""
_FOLDER: Final = "documents"
_INCOMING: Final = "incoming"
_SCAN_SECONDS: Final = 120
_SWEPT_AFTER: Final = 3600.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """What a document belongs to: the field of its record that names it, and its identifier.

    ``field`` is ``engagement``, ``paper``, or ``diligence`` (which names a partner).
    """

    field: str
    id: str


def of_engagement(engagement_id: str) -> Holder:
    """Return an engagement as the holder of documents."""
    return Holder("engagement", engagement_id)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document to be sent: its file, and what it is."""

    path: Path
    name: str
    media_type: str
    sha256: str
    size: int


def documents_of(service: Service, holder: Holder) -> list[dict[str, Any]]:
    """Return the documents of a holder in the order in which they came; asks no permission."""
    found = service.records.find(
        KIND, {holder.field: holder.id}, order_by="at", limit=MOST_OF_HOLDER
    )
    return [_shown(record) for record in found]


def receive(
    service: Service, caller: Caller, holder: Holder, name: str, pieces: Iterable[bytes],
    uuid: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Take a file in for its holder; see ``documents.add_document``, which asks who may."""
    records, identifier = service.records, uuid or str(uuid4())
    if known := records.get(KIND, identifier):
        return _same(known, caller, holder)
    if records.count(KIND, {holder.field: holder.id}) >= MOST_OF_HOLDER:
        raise ConflictError(f"There are {MOST_OF_HOLDER} documents here already.")
    folder = service.settings.data_dir / _FOLDER
    (folder / _INCOMING).mkdir(parents=True, exist_ok=True)
    path = folder / _INCOMING / f"{uuid4()}.part"
    try:
        size, digest = _write(path, pieces)
        media_type = type_of(path, name)
        if media_type is None:
            raise BadRequestError("file", f"must be one of {', '.join(TYPES.values())}")
        state = _scanned(service, path)
        if state == "infected":
            note(service, caller.account, "document_refused", **{holder.field: holder.id})
            raise BadRequestError("file", "was refused: the scanner found something harmful in it")
        target = _path(service, digest)
        target.parent.mkdir(exist_ok=True)
        os.replace(path, target)
    finally:
        path.unlink(missing_ok=True)
    fields = {
        holder.field: holder.id,
        "account": caller.account,
        "name": clean_name(name, media_type),
        "media_type": media_type,
        "size": size,
        "checksum": digest,
        "state": state,
        "at": service.now(),
    }
    try:
        return _shown(records.create(KIND, identifier, fields))
    except ConflictError:
        if known := records.get(KIND, identifier):
            return _same(known, caller, holder)
        raise


def opened(service: Service, holder: Holder, document_id: str) -> Paper:
    """Return a document's file; see ``documents.open_document``."""
    record = service.records.get(KIND, document_id[:100])
    if record is None or record.get(holder.field) != holder.id:
        raise NotFoundError("document", document_id[:100])
    if record["state"] == "held":
        record = _scan_again(service, record)
    path = _path(service, record["checksum"])
    if not path.exists():
        raise NotFoundError("file of the document", document_id[:100])
    return Paper(path, record["name"], record["media_type"], record["checksum"], record["size"])


def sweep(service: Service) -> int:
    """Delete files that no record names and that are old enough not to be under way; count them."""
    folder = service.settings.data_dir / _FOLDER
    gone = 0
    for path in _old_files(folder):
        named = path.parent.name != _INCOMING and service.records.count(
            KIND, {"checksum": path.name}
        )
        if not named:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def faults(service: Service) -> Iterator[str]:
    """Yield what is wrong with the files of documents: missing ones, and changed ones."""
    for state in STATES:
        for record in every(service.records, KIND, {"state": state}):
            path = _path(service, record["checksum"])
            if not path.exists():
                yield f"document {record.id}: its file is missing"
            elif _digest(path) != record["checksum"]:
                yield f"document {record.id}: its file was changed"


def _old_files(folder: Path) -> Iterator[Path]:
    before = time.time() - _SWEPT_AFTER
    for path in sorted(folder.glob("*/*")):
        if path.is_file() and path.stat().st_mtime < before:
            yield path


def _write(path: Path, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write a file; return its size and checksum."""
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as stream:
        for piece in pieces:
            size += len(piece)
            if size > LARGEST_FILE:
                raise BadRequestError("file", f"must have at most {LARGEST_FILE >> 20} MiB")
            digest.update(piece)
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
    if not size:
        raise BadRequestError("file", "is empty")
    return size, digest.hexdigest()


def _scanned(service: Service, path: Path) -> str:
    """Return what the scanner says: a state, or ``infected``."""
    command = service.settings.scan_command
    if not command:
        return "unscanned"
    try:
        done = subprocess.run(  # noqa: S603  # the operator's own command
            [*command, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=_SCAN_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("The scanner could not be run: %s", error)
        return "held"
    if done.returncode not in (0, 1):
        _log.warning("The scanner has failed with exit code %d", done.returncode)
    return {0: "clean", 1: "infected"}.get(done.returncode, "held")


def _scan_again(service: Service, record: Record) -> Record:
    """Look through a document that was held back.

    Raises
    ------
    ConflictError
        If the scanner fails again, or refuses it: then the document is gone.
    """
    path = _path(service, record["checksum"])
    state = _scanned(service, path) if path.exists() else "held"
    if state == "infected":
        path.unlink(missing_ok=True)
        service.records.delete(KIND, {"checksum": record["checksum"]})
        raise ConflictError("The scanner has found something harmful; the document was deleted.")
    if state == "held":
        raise ConflictError(
            "The document is held back: it has not been looked through yet, for the scanner failed."
        )
    return service.records.change(KIND, record.id, lambda f: {**f, "state": state}) or record


def _path(service: Service, digest: str) -> Path:
    return service.settings.data_dir / _FOLDER / digest[:2] / digest


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _same(record: Record, caller: Caller, holder: Holder) -> dict[str, Any]:
    if (record["account"], record.get(holder.field)) != (caller.account, holder.id):
        raise ConflictError("Another document was added under the same uuid.")
    return _shown(record)


def _shown(record: Record) -> dict[str, Any]:
    names = ("at", "name", "media_type", "size", "state", "account")
    told = {name: record[name] for name in names}
    return {"id": record.id, **told, "sha256": record["checksum"]}
