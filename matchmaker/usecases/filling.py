"""Embed texts in the background: the service opens and answers at once, meaning follows."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable

from matchmaker.errors import StoreUnavailableError
from matchmaker.graph import Snapshot
from matchmaker.matching.embedding import Embedder, FloatArray, pack, text_key
from matchmaker.matching.index import TEXT_TYPES
from matchmaker.matching.profiles import text_of
from matchmaker.model import Entity
from matchmaker.usecases.vectors import VectorStore

_BATCH = 32
_TELL_SECONDS = 10.0
"""How long new vectors are gathered before they are handed over; each time an index is built."""
_TELL_SHARE = 4
"""How many times as long as handing over took is worked before the next time."""
_RETRY_SECONDS = 5.0
_NICE = 10
_logger = logging.getLogger(__name__)


class KeyedTexts:
    """Texts to embed by key, of one snapshot after the other; only those of new entities are read.

    Notes
    -----
    O(entities) comparisons, and a digest for each text that is new.
    """

    def __init__(self) -> None:
        self._read: dict[str, tuple[Entity, str, str]] = {}

    def of(self, snapshot: Snapshot) -> dict[str, str]:
        """Return every text that matching compares by meaning, by its key."""
        now: dict[str, tuple[Entity, str, str]] = {}
        for kind in ("need", *TEXT_TYPES):
            for identifier, entity in snapshot.of_type(kind).items():
                read = self._read.get(identifier)
                if read is None or read[0] is not entity:
                    text = text_of(entity) or ""
                    read = (entity, text_key(text) if text else "", text)
                now[identifier] = read
        self._read = now
        return {key: text for _, key, text in now.values() if key}


class VectorFiller:
    """A thread of low priority that embeds texts, keeps the vectors and hands them over.

    Parameters
    ----------
    embedder : Embedder
        Turns texts into vectors.
    kept : callable
        Returns where vectors are kept now; raises
        :class:`~matchmaker.errors.StoreUnavailableError` while that is away.
    on_vectors : callable
        Given new vectors by text key now and then, in the filler's thread.
    on_count : callable
        Given how many texts wait, whenever that changes.

    Notes
    -----
    About 20 texts a second and processor.  What was embedded is kept batch by batch, so that a
    process that dies has lost one batch.
    """

    def __init__(
        self, embedder: Embedder, kept: Callable[[], VectorStore],
        on_vectors: Callable[[dict[str, FloatArray]], None], on_count: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._embedder = embedder
        self._kept = kept
        self._on_vectors = on_vectors
        self._on_count = on_count
        self._waiting: dict[str, str] = {}
        self._made: dict[str, FloatArray] = {}
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="vectors", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def want(self, texts: Iterable[str]) -> None:
        """Set which texts have no vector yet, in place of those that waited before."""
        with self._news:
            wanted = {text_key(text): text for text in texts}
            self._waiting = {k: t for k, t in wanted.items() if k not in self._made}
            self._on_count(len(self._waiting))
            self._news.notify_all()

    def stop(self) -> None:
        """Stop after the batch in hand and wait until the thread has ended."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # not every system has it for threads
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        told, pause = time.monotonic(), _TELL_SECONDS
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._made or self._stopping)
                if self._stopping:
                    return
                batch = dict(list(self._waiting.items())[:_BATCH])
            try:
                if batch:
                    self._embed(batch)
                if self._made and (time.monotonic() - told > pause or not self._waiting):
                    begun = time.monotonic()
                    self._hand_over()
                    told = time.monotonic()
                    pause = max(_TELL_SECONDS, _TELL_SHARE * (told - begun))
            except StoreUnavailableError:
                self._rest()
            except Exception:  # a thread that dies of a defect would leave texts waiting, unnoticed
                _logger.exception("Texts could not be embedded")
                self._rest()

    def _embed(self, batch: dict[str, str]) -> None:
        kept = self._kept()
        made = dict(zip(batch, self._embedder.embed(list(batch.values())), strict=True))
        kept.put_vectors({key: pack(vector) for key, vector in made.items()})
        with self._news:
            self._made |= made
            self._waiting = {k: t for k, t in self._waiting.items() if k not in made}
            self._on_count(len(self._waiting))

    def _hand_over(self) -> None:
        self._on_vectors(dict(self._made))
        with self._news:
            self._made = {}

    def _rest(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._stopping, _RETRY_SECONDS)
