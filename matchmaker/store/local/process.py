"""The database's process: it cannot outlive us, and no other process is taken for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matchmaker.store.local import launch


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number.

    Parameters
    ----------
    pid : int
        The process id; 0 is no process.
    started : int
        When it started, in clock ticks since the machine did (``/proc/PID/stat``, field 22).

    Examples
    --------
    >>> me = Identity.of(os.getpid())
    >>> me.is_alive(), Identity(me.pid, me.started - 1).is_alive()
    (True, False)
    """

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Identity:
        """Return the identity of ``pid``; ``started`` is -1 if there is no such process."""
        return cls(pid, _started(pid))

    def is_alive(self) -> bool:
        """Tell whether this very process still runs (a zombie does not)."""
        return self.pid > 0 and self.started >= 0 and _started(self.pid) == self.started

    def runs_with(self, argument: str) -> bool:
        """Tell whether it still runs and has ``argument`` on its command line."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(argument) in words and self.is_alive()

    def send(self, number: signal.Signals, *, argument: str) -> None:
        """Signal the process if it is still the one meant and has ``argument`` on its command line.

        The handle is taken first and the identity looked at after, so the number cannot pass to
        another process in between.
        """
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return
        try:
            if self.runs_with(argument):
                signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)


def _started(pid: int) -> int:
    """Return when a process started, -1 if it does not run."""
    try:
        # The name, in parentheses, may hold anything; the fields after it are plain.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return -1
    return -1 if fields[0] in (b"Z", b"X") else int(fields[19])


class Child:
    """A process of ours that the kernel ends (SIGTERM) when we go, in whatever way.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    output : Path
        The file that receives what it prints; overwritten.
    environment : mapping
        Its whole environment.
    keep_open : sequence of int
        File descriptors that it inherits, such as that of a lock which it is to hold.

    Raises
    ------
    OSError
        If it cannot be started.

    Notes
    -----
    The kernel sends the signal when the *thread* dies that started the process.  That thread
    therefore does nothing but start the process and wait for it, and lives as long as it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: Path,
        environment: Mapping[str, str],
        keep_open: Sequence[int] = (),
    ) -> None:
        launcher = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid())]
        self._command = [*launcher, *command]
        self._output = output
        self._environment = dict(environment)
        self._keep_open = tuple(keep_open)
        self._begun = threading.Event()
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        threading.Thread(target=self._keep, name="neo4j-keeper", daemon=True).start()
        self._begun.wait()
        if self._failure is not None:
            raise self._failure
        assert self._process is not None
        self.identity: Identity = Identity.of(self._process.pid)

    def _keep(self) -> None:
        try:
            with self._output.open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 (the command is ours)
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    pass_fds=self._keep_open,
                    start_new_session=True,
                )
        except OSError as error:
            self._failure = error
            self._begun.set()
            return
        self._process = process
        self._begun.set()
        process.wait()
        self._ended.set()

    def has_ended(self) -> bool:
        """Tell whether the process is gone."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the process to end; return whether it did."""
        return self._ended.wait(seconds)

    def exit_code(self) -> int | None:
        """Return its exit code (negative: the signal that ended it), None while it runs."""
        assert self._process is not None
        return self._process.returncode if self.has_ended() else None

    def stop(self, seconds: float) -> bool:
        """Ask it to end, then make it; return whether it ended by itself."""
        assert self._process is not None
        self._process.terminate()
        if self.wait(seconds):
            return True
        self._process.kill()
        self.wait(seconds)
        return False
