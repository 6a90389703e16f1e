"""Run a piece of work under a deadline that interrupts it in the middle, by a timer signal in the main thread."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

_T = TypeVar("_T")
_AGAIN_S = 0.05


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` in between can swallow it."""


class DeadlineError(Exception):
    """Raised when the deadline passed before the work was done."""


class _Bell:
    """The handler of the timer, which rings only while work is under way."""

    __slots__ = ("is_armed", "is_standing")

    def __init__(self) -> None:
        self.is_armed = False
        self.is_standing = False

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self.is_armed:
            raise _Expired


_bell = _Bell()


@contextmanager
def standing() -> Iterator[None]:
    """Leave the handler in place over many deadlines: putting it there costs more than setting the timer."""
    previous = signal.signal(signal.SIGALRM, _bell.ring)
    _bell.is_standing = True
    try:
        yield
    finally:
        _bell.is_standing = False
        signal.signal(signal.SIGALRM, previous)


def run_within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return what `work` returns. Raises DeadlineError when it takes longer than `seconds`.

    The previous handler and timer are restored. Off the main thread, where no signal arrives, nothing bounds it.
    Cannot see: a single call into C that does not return; the signal waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    if _bell.is_standing:
        return _run(seconds, work)
    previous = signal.signal(signal.SIGALRM, _bell.ring)
    try:
        return _run(seconds, work)
    finally:
        signal.signal(signal.SIGALRM, previous)


def _run(seconds: float, work: Callable[[], _T]) -> _T:
    started = time.monotonic()
    before: tuple[float, float] = (0.0, 0.0)
    try:
        try:
            _bell.is_armed = True
            # It rings again, because an exception raised inside a destructor is swallowed by the interpreter.
            before = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
            return work()
        finally:
            _bell.is_armed = False
    except _Expired:
        raise DeadlineError(f"took longer than {seconds} s") from None
    finally:
        _bell.is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        if before[0]:
            left = before[0] - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6), before[1])
