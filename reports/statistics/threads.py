"""Numerical libraries loaded with a single thread.

The products here are small, and threads that wait for their part of one take more of the processor than they save: a
third of a gate's time, where the machine has something else to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_THREADS = "OPENBLAS_NUM_THREADS"


@contextmanager
def one_thread() -> Iterator[None]:
    """What is imported within takes one thread. It is not for those that are started from here, so the variable goes
    again; who has set it means it."""
    if _THREADS in os.environ:
        yield
        return
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_THREADS]
