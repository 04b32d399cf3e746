"""Text vectors: embedded when a text is written, kept under the key of its text."""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np

from matchmaker.matching.embedding import (
    DIMENSIONS,
    Embedder,
    FloatArray,
    pack,
    text_key,
    unpack,
)
from matchmaker.seeds import Progress

_BATCH = 16
_ROUNDS = 40
"""How often many new vectors are kept in between: each time a file is written anew."""
# What reading a spoiled file can raise: its parts say that they are encrypted, or compressed by a
# method that is not known, or compressed when they are not.
_BROKEN = (
    OSError, ValueError, EOFError, KeyError, BadZipFile, RuntimeError, TypeError, SyntaxError,
    MemoryError, OverflowError, struct.error, zlib.error,
)  # fmt: skip
_BYTES = 2 * DIMENSIONS


class VectorStore(Protocol):
    """Where vectors are kept, as bytes by text key."""

    def vectors(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return those of the vectors asked for that are kept."""
        ...

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        """Keep vectors."""
        ...


class FileVectors:
    """Vectors in one file, for use without a database; losing it costs time only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def vectors(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return those of the vectors asked for that the file holds; a broken file holds none."""
        wanted = set(keys)
        try:
            return {k: v for k, v in self._held().items() if k in wanted}
        except _BROKEN:
            return {}

    def _held(self) -> dict[str, bytes]:
        # Opened here, so that it is closed also where numpy cannot make sense of it.
        with self._path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            keys, rows = held["keys"].tolist(), held["rows"]
        return {key: row.tobytes() for key, row in zip(keys, rows, strict=True)}

    def put_vectors(self, items: Mapping[str, bytes]) -> None:
        """Write the file anew with more vectors; a folder that cannot be written is no fault."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            every = self._held()
        except _BROKEN:
            every = {}
        every |= {key: data for key, data in items.items() if len(data) == _BYTES}
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".npz")
            with os.fdopen(handle, "wb") as stream:
                rows = np.frombuffer(b"".join(every.values()), np.uint8).reshape(-1, _BYTES)
                np.savez(stream, keys=np.array(list(every)), rows=rows)
            Path(name).replace(self._path)
        except OSError:
            return


def stored_vectors(kept: VectorStore, keys: Iterable[str]) -> dict[str, FloatArray]:
    """Return the vectors that are kept, by text key; what is no vector is left out."""
    found = kept.vectors(keys).items()
    return {key: unpack(data) for key, data in found if len(data) == _BYTES}


def fill_vectors(
    kept: VectorStore,
    texts: Sequence[str],
    embedder: Embedder,
    progress: Progress | None = None,
    elsewhere: VectorStore | None = None,
) -> dict[str, FloatArray]:
    """Return the vectors of texts, embedding and keeping those that are new.

    Parameters
    ----------
    kept : VectorStore
        Where they are looked for and kept.
    elsewhere : VectorStore, optional
        A second place to look in, and to keep in what had to be embedded.
    progress : callable, optional
        Told after each batch.

    Returns
    -------
    dict of str to array
        By text key.

    Notes
    -----
    About 20 new texts a second and processor; those kept cost a look-up.
    """
    keys = {text_key(text): text for text in texts}
    found = stored_vectors(kept, keys)
    missing = [key for key in keys if key not in found]
    if elsewhere is not None and missing:
        known = dict(elsewhere.vectors(missing))
        kept.put_vectors(known)
        found |= {key: unpack(data) for key, data in known.items()}
        missing = [key for key in missing if key not in found]
    size = max(_BATCH, len(missing) // _ROUNDS)
    for start in range(0, len(missing), size):
        batch = missing[start : start + size]
        made = dict(zip(batch, embedder.embed([keys[key] for key in batch]), strict=True))
        packed = {key: pack(vector) for key, vector in made.items()}
        kept.put_vectors(packed)
        if elsewhere is not None:
            elsewhere.put_vectors(packed)
        found |= made
        if progress:
            progress("Reading meaning from texts", min(start + size, len(missing)), len(missing))
    return found
