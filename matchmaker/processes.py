"""What our processes ask of the kernel and of Python's memory."""

from __future__ import annotations

import ctypes
import gc
import os
import signal

_PR_SET_PDEATHSIG = 1
_YOUNG = 50_000


def end_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the parent dies, be it by kill -9.

    Not by SIGTERM: the server's worker answers that by waiting, without letting any other thread run,
    for requests that are being answered, and so for ever if there is one; nobody would be left to end
    it.  A parent that stops in good order has waited for its workers by then.

    Parameters
    ----------
    parent : int
        Process id of the expected parent; another parent means that it died already.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def settle_memory() -> None:
    """Tell the garbage collector that what stands now stays, and to look for young garbage less often.

    A long explanation makes some ten thousand small objects that die with the response.  Looking
    among them every 700 objects, and now and then through the whole graph, took a third of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
