"""Processes that help: what takes minutes and does not wait for one another is done side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from matchmaker.processes import end_with_parent

P = ParamSpec("P")
T = TypeVar("T")


class Alone(Executor):
    """Nobody helps: each task is done when it is handed over.

    Examples
    --------
    >>> Alone().submit(max, 1, 2).result()
    2
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do a task; what it raises is raised here."""
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@contextmanager
def helping(processes: int) -> Iterator[Executor]:
    """Give out tasks to processes of their own, or to nobody where only one is wanted.

    Linear algebra has one thread meanwhile, here and in each of them.  Its products are narrow: two
    threads took longer over them than one, and the last digits of a sum depend on how many there are.

    Parameters
    ----------
    processes : int
        How many tasks are done at once.

    Notes
    -----
    A process takes seconds to start, and what it is given and gives is copied.  None outlives this one.
    """
    with threadpool_limits(1, user_api="blas"):
        if processes == 1:
            yield Alone()
            return
        context = get_context("spawn")  # a fork would inherit the locks of the model's threads
        with ProcessPoolExecutor(processes, context, _begin, (os.getpid(),)) as pool:
            yield pool


def _begin(parent: int) -> None:
    end_with_parent(parent)
    import_module("scipy.linalg")  # and numpy with it: a limit reaches what is loaded, nothing else
    threadpool_limits(1, user_api="blas")
