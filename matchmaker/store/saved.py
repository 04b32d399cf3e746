"""A snapshot kept in one file, to go on reading when there is no database.

The file is gzipped JSON lines: what it is, one entity a line, and a checksum of all before it.  Only
its owner can read it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

from matchmaker.checking import entity_from_json
from matchmaker.errors import Fault, InvalidDataError
from matchmaker.graph import Snapshot
from matchmaker.model import Entity
from matchmaker.schema import Schema
from matchmaker.store.codec import in_order

_FORMAT = "matchmaker snapshot 1"


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Save a snapshot in place of an older one.

    Parameters
    ----------
    snapshot : Snapshot
        What to save.
    path : Path
        The file; its folder is made if need be, for its owner only.

    Raises
    ------
    OSError
        If it cannot be written; an older file is then left as it was.

    Notes
    -----
    The file is written beside its place and moved there once it is on disk, so that whoever opens
    it finds the old one or the new one, whole.  The same snapshot gives the same bytes.
    """
    order = sorted(snapshot.entities)
    head = {
        "format": _FORMAT,
        "sequence": snapshot.sequence,
        "as_of": snapshot.as_of,
        "log": snapshot.log,
        "redirects": dict(sorted(snapshot.redirects.items())),
        "versions": {i: snapshot.version(i) for i in order if snapshot.version(i)},
    }
    lines = [_line(head)]
    lines += [_line(snapshot.entities[i].as_json()) for i in order]
    content = b"".join(lines)
    content += _line({"sha256": hashlib.sha256(content).hexdigest()})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(gzip.compress(content, compresslevel=6, mtime=0))
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_saved(path: Path, schema: Schema) -> Snapshot:
    """Read a saved snapshot back.

    Raises
    ------
    InvalidDataError
        If the file is missing, torn, not a snapshot, or does not fit the schema.
    """
    head, documents = _documents(path)
    faults: list[Fault] = []
    entities: list[Entity] = []
    for number, document in enumerate(documents, 2):
        entity, wrong = entity_from_json(schema, document)
        faults += [Fault(path.name, number, column, message) for column, message in wrong]
        if entity is not None:
            entities.append(in_order(schema, entity))
    if faults:
        raise InvalidDataError(faults)
    # Files of earlier releases name neither versions nor redirects nor the log.
    return Snapshot.build(
        schema, entities, head["sequence"], head["as_of"],
        versions=head.get("versions"), redirects=head.get("redirects"),
        log=head.get("log", ""),
    )  # fmt: skip


def _documents(path: Path) -> tuple[dict[str, Any], list[Any]]:
    try:
        content = gzip.decompress(path.read_bytes())
        lines = content.splitlines(keepends=True)
        head, last = json.loads(lines[0]), json.loads(lines[-1])
        known = head.get("format") == _FORMAT
        documents = [json.loads(line) for line in lines[1:-1]] if known else []
        whole = known and last.get("sha256") == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    except OSError as error:
        # What gzip says of a foreign file is an OSError too, but without a number.
        if error.errno is not None:
            raise _unusable(path, f"cannot be read: {error.strerror}") from error
        raise _unusable(path, "is not a saved snapshot") from error
    except (EOFError, zlib.error) as error:
        raise _unusable(path, "is torn") from error
    except (ValueError, IndexError, AttributeError) as error:
        raise _unusable(path, "is not a saved snapshot") from error
    if not known:
        raise _unusable(path, "is not a saved snapshot of this version")
    if not whole:
        raise _unusable(path, "is damaged: its checksum is wrong")
    return head, documents


def _unusable(path: Path, message: str) -> InvalidDataError:
    return InvalidDataError([Fault(path.name, 0, "", message)])


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
