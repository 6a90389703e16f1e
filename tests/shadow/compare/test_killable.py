"""Work that no signal can interrupt ends with its process; the spare goes on."""

from __future__ import annotations

import copyreg
import gc
import os
import time
import unicodedata
import weakref

import pytest
import tblib.pickling_support

from shadow.compare.deadline import DeadlineError, run_within
from shadow.compare.killable import Killable, KilledError


class Wrong(ValueError):
    """What the work may raise; it can be watched, as no exception of Python itself can."""


def work(what: str) -> object:
    """Do one of the things that a comparison might do."""
    if what == "stuck":
        return len(unicodedata.normalize("NFC", "a" + "\u0300\u0316" * 500_000))  # one call into C, minutes long
    if what == "slow":
        while True:
            pass
    if what == "die":
        os._exit(3)
    if what == "wrong for a reason":
        try:
            raise Wrong("first")
        except Wrong as first:
            raise Wrong(f"no such thing: {what}") from first
    if what.startswith("wrong"):
        raise Wrong(f"no such thing: {what}")
    return (what, os.getpid())


@pytest.fixture
def killable():
    one = Killable(work, 0.3)
    yield one
    one.close()


def test_works_in_another_process(killable: Killable) -> None:
    """The same one again and again; what is raised there is raised here, and ends nothing."""
    first = killable.run("a")
    assert first[0] == "a" and first[1] != os.getpid()
    with pytest.raises(ValueError, match="no such thing"):
        killable.run("wrong")
    assert killable.run("b") == ("b", first[1])


@pytest.mark.parametrize("what", ["wrong here", "wrong for a reason"])
@pytest.mark.parametrize("kept", [False, True])
def test_what_is_raised_holds_nothing_that_was_compared(killable: Killable, what: str, kept: bool) -> None:
    """The collector comes by rarely in a comparer, and the bodies may be large. Dask, among others, has tracebacks
    pickled."""
    before = copyreg.dispatch_table.pop(Wrong, None)
    if kept:
        tblib.pickling_support.install(Wrong)
    gc.disable()
    try:
        try:
            killable.run(what)
        except Wrong as error:
            raised = weakref.ref(error)
        assert raised() is None
    finally:
        gc.enable()
        copyreg.dispatch_table.pop(Wrong, None)
        if before is not None:
            copyreg.dispatch_table[Wrong] = before


def test_a_call_into_c_is_killed_and_the_spare_goes_on(killable: Killable) -> None:
    """At once: the spare was there before."""
    stuck = killable.run("a")[1]
    spare = killable._ready[1].pid
    started = time.monotonic()
    with pytest.raises(DeadlineError, match=r"0.3 s"):
        killable.run("stuck")
    assert time.monotonic() - started < 20
    assert killable.run("b") == ("b", spare)
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)


def test_a_signal_of_the_caller_kills_too(killable: Killable) -> None:
    """Whoever waits may lose patience earlier."""
    killable.run("a")  # the processes are there: to fork them takes its time
    started = time.monotonic()
    with pytest.raises(DeadlineError, match=r"0.05 s"):
        run_within(0.05, lambda: killable.run("stuck"))
    assert time.monotonic() - started < 20
    assert killable.run("c")[0] == "c"


def test_slow_work_in_python_keeps_its_process(killable: Killable) -> None:
    """It is interrupted by its own signal a little before."""
    pid = killable.run("a")[1]
    with pytest.raises(DeadlineError, match=r"0.27 s"):
        killable.run("slow")
    assert killable.run("b") == ("b", pid)


def test_a_process_that_dies_is_told(killable: Killable) -> None:
    """And replaced."""
    with pytest.raises(KilledError):
        killable.run("die")
    assert killable.run("a")[0] == "a"


def test_nothing_is_left_behind(killable: Killable) -> None:
    """Neither process nor descriptor, nor anything of the parent's in the child."""
    before = set(os.listdir("/proc/self/fd"))
    pid = killable.run("a")[1]
    assert len(os.listdir(f"/proc/{pid}/fd")) <= 5
    killable.close()
    assert not os.path.exists(f"/proc/{pid}")
    assert set(os.listdir("/proc/self/fd")) == before
