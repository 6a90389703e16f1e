"""Run a piece of work under a deadline that interrupts it in the middle, by a timer signal in the main thread."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

_T = TypeVar("_T")
_AGAIN_S = 0.05


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` in between can swallow it."""


class DeadlineError(Exception):
    """Raised when the deadline passed before the work was done."""


def run_within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return what `work` returns. Raises DeadlineError when it takes longer than `seconds`.

    The previous handler and timer are restored. Off the main thread, where no signal arrives, nothing bounds it.
    Cannot see: a single call into C that does not return; the signal waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    armed = True

    def expire(_signal: int, _frame: FrameType | None) -> None:
        if armed:
            raise _Expired

    started = time.monotonic()
    previous = signal.signal(signal.SIGALRM, expire)
    before: tuple[float, float] = (0.0, 0.0)
    try:
        try:
            # It rings again, because an exception raised inside a destructor is swallowed by the interpreter.
            before = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
            return work()
        finally:
            armed = False
    except _Expired:
        raise DeadlineError(f"took longer than {seconds} s") from None
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
        if before[0]:
            left = before[0] - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6), before[1])
