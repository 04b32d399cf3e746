"""Rules that stand in a file of the graph schema: read once, and anew where the file has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def reread(load: Callable[[Path], T]) -> Callable[[Path], T]:
    """Return a function that gives what is loaded from a file, loading it only when it has changed.

    Parameters
    ----------
    load : callable
        Loads from a path; what it raises goes to the caller, and nothing is kept then.
    """

    @lru_cache(maxsize=4)
    def at(path: Path, _changed: int) -> T:
        return load(path)

    return lambda path: at(path, path.stat().st_mtime_ns if path.exists() else 0)
