"""Run a piece of work under a deadline that interrupts it in the middle, by a timer signal in the main thread."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

_T = TypeVar("_T")
_AGAIN_S = 0.05
_SOONEST_S = 1e-6


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` in between can swallow it."""


class DeadlineError(Exception):
    """Raised when the deadline passed before the work was done."""


class _Bell:
    """The handler of the timer, which rings only while work is under way.

    Setting a timer costs a system call and, on many machines, the programming of a clock: dearer than a small piece of
    work. While the handler is standing, a timer that rings too early is left as it is, and set to what is left when it
    does; many short pieces of work share it.
    """

    __slots__ = ("ends_at", "is_standing", "rings_at")

    def __init__(self) -> None:
        self.is_standing = False
        self.forget()

    def forget(self) -> None:
        """No work is under way and no timer runs; so it is in a process that was just forked."""
        self.ends_at = math.inf
        self.rings_at = math.inf

    def arm(self, ends_at: float, now: float) -> None:
        """Ring at an instant, or (where the timer runs already) before it."""
        self.ends_at = ends_at
        if self.rings_at > ends_at:
            self.rings_at = ends_at
            # It rings again, because an exception raised inside a destructor is swallowed by the interpreter.
            signal.setitimer(signal.ITIMER_REAL, max(ends_at - now, _SOONEST_S), _AGAIN_S)

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now >= self.ends_at:
            self.rings_at = now + _AGAIN_S
            raise _Expired
        self.rings_at = math.inf
        if self.ends_at < math.inf:
            self.arm(self.ends_at, now)
        elif self.is_standing:
            signal.setitimer(signal.ITIMER_REAL, 0.0)  # nobody works


_bell = _Bell()
os.register_at_fork(after_in_child=_bell.forget)


@contextmanager
def standing() -> Iterator[None]:
    """Leave the handler in place over many deadlines: putting it there costs more than setting the timer. Nobody else
    can use the timer meanwhile; the previous handler and timer are restored at the end."""
    with _installed():
        _bell.is_standing = True
        try:
            yield
        finally:
            _bell.is_standing = False


def run_within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return what `work` returns. Raises DeadlineError when it takes longer than `seconds`.

    The previous handler and timer are restored. Off the main thread, where no signal arrives, nothing bounds it.
    Cannot see: a single call into C that does not return; the signal waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    if _bell.is_standing or _bell.ends_at < math.inf:
        return _run(seconds, work)
    with _installed():
        return _run(seconds, work)


@contextmanager
def _installed() -> Iterator[None]:
    previous = signal.signal(signal.SIGALRM, _bell.ring)
    started = time.monotonic()
    before = signal.setitimer(signal.ITIMER_REAL, 0.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        _bell.forget()
        signal.signal(signal.SIGALRM, previous)
        if before[0]:
            left = before[0] - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, _SOONEST_S), before[1])


def _run(seconds: float, work: Callable[[], _T]) -> _T:
    outer = _bell.ends_at
    now = time.monotonic()
    try:
        try:
            _bell.arm(now + seconds, now)
            return work()
        finally:
            _bell.ends_at = outer
    except _Expired:
        raise DeadlineError(f"took longer than {seconds} s") from None
    finally:
        _bell.ends_at = outer
        if outer < math.inf:
            _bell.arm(outer, time.monotonic())
