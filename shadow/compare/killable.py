"""Work in a process that can be killed: a single call into C cannot be interrupted by a signal, a process can."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import socket
import struct
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from shadow.compare.deadline import DeadlineError, run_within

_LENGTH = struct.Struct(">Q")
_PR_SET_PDEATHSIG = 1
_SOFT_SHARE = 0.9


class KilledError(Exception):
    """Raised when the process ended by itself in the middle of the work."""


class Killable:
    """Two forked processes that do one kind of work: one works, the other is its warm spare.

    They are forked when they are first needed, and share what was loaded by then. A process that is not done when the
    caller loses patience (by any exception, a deadline's signal for instance) is killed and the spare takes its place.
    Cannot see: what the work costs the machine before it is killed.
    """

    def __init__(self, work: Callable[..., object], seconds: float) -> None:
        """`work` may take and return whatever can be pickled; it is given a little less than `seconds`."""
        self._work = work
        self._seconds = seconds
        self._ready: list[_Child] = []
        self._end = weakref.finalize(self, _kill_all, self._ready)

    def run(self, *arguments: object) -> Any:
        """Return what the work returns, and raise what it raises.

        Raises DeadlineError when it takes longer than the seconds given, KilledError when its process died.
        """
        while len(self._ready) < 2:
            self._ready.append(_Child(self._work, self._seconds))
        child = self._ready[0]
        done = False
        try:
            fine, result = child.ask(arguments, self._seconds)
            done = True
        except (EOFError, ConnectionError) as error:
            raise KilledError("the process of the comparison died") from error
        finally:
            if not done:
                self._ready.remove(child)
                child.kill()
        if fine:
            return result
        assert isinstance(result, BaseException)
        try:
            raise result
        finally:
            # Its traceback leads to this frame: a cycle that would hold both bodies until the collector comes by.
            del result, arguments

    def close(self) -> None:
        """End both processes."""
        _kill_all(self._ready)


def _kill_all(children: list[_Child]) -> None:
    while children:
        children.pop().kill()


class _Child:
    """One forked process and the socket to it."""

    def __init__(self, work: Callable[..., object], seconds: float) -> None:
        self._socket, theirs = socket.socketpair()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _live(theirs, parent, work, seconds)
            finally:
                os._exit(0)
        theirs.close()

    def ask(self, arguments: tuple[object, ...], seconds: float) -> tuple[bool, object]:
        """Send the work and wait for its end."""
        self._socket.settimeout(seconds)
        try:
            _send(self._socket, arguments)
            answer: tuple[bool, object] = _receive(self._socket)
        except TimeoutError as error:
            raise DeadlineError(f"took longer than {seconds} s") from error
        return answer

    def kill(self) -> None:
        """Kill and reap the process."""
        self._socket.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _live(sock: socket.socket, parent: int, work: Callable[..., object], seconds: float) -> None:
    """Answer until the other side closes; never returns to the code that forked."""
    # Nothing that the parent holds open may outlive it here, and no handler of its loop may run.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    kept = sock.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX") if kept < 1 << 16 else kept + 1)
    while True:
        try:
            arguments = _receive(sock)
        except EOFError:
            return
        try:
            answer = (True, run_within(seconds * _SOFT_SHARE, partial(work, *arguments)))
        except Exception as error:  # noqa: BLE001 - the caller gets it and decides
            # There are libraries that teach pickle to keep tracebacks; this one's frames mean nothing over there, and
            # there they would hold those that received it.
            error.__traceback__ = error.__context__ = error.__cause__ = None
            answer = (False, error)
        _send(sock, answer)


def _send(sock: socket.socket, value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    sock.sendall(_LENGTH.pack(len(data)) + data)


def _receive(sock: socket.socket) -> Any:
    (length,) = _LENGTH.unpack(_read(sock, _LENGTH.size))
    # Both ends are this program, forked.
    return pickle.loads(_read(sock, length))  # noqa: S301


def _read(sock: socket.socket, length: int) -> bytes:
    data = bytearray(length)
    view, at = memoryview(data), 0
    while at < length:
        n = sock.recv_into(view[at:])
        if not n:
            raise EOFError
        at += n
    return bytes(data)
