"""The denominator: whatever happens to a listener, accepted == open + handed + endings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.errors import LedgerError
from shadow.ipc.classes import CLASSES, class_of
from shadow.ipc.lanes import ENDINGS, LaneFile, ending_name
from shadow.records import Lane, Outcome

MATCHLESS = (Outcome.match, "")


def holds(lane: Lane) -> bool:
    return lane.accepted == lane.open + lane.handed + sum(lane.local.values())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lanes"


def test_the_endings_are_a_closed_set_without_repetition() -> None:
    assert len(set(ENDINGS)) == len(ENDINGS) <= 48 - 6
    assert ending_name(ENDINGS[0]) == "shed(tee_full)"
    assert {name for outcome, name in ENDINGS if outcome is Outcome.primary_failed} == {
        "refused", "connect_timeout", "unreachable", "dns", "exhausted", "reset", "protocol", "timeout", "tls"}


def test_a_lane_from_reservation_to_its_end(path: Path) -> None:
    file = LaneFile(path, slots=3)
    assert file.read() == ()
    assert file.free_slot() == 0
    file.reserve(0, 12.5)
    assert file.free_slot() == 1
    name = f"{file.run_id}-0"
    assert file.read() == (Lane(lane=name, started_at=12.5),)
    counters = file.writer(0)
    for _ in range(5):
        counters.accept()
    assert [counters.hand_over(), counters.hand_over(), counters.handed] == [1, 2, 2]
    counters.end((Outcome.shed, "tee_full"))
    counters.end((Outcome.primary_failed, "reset"))
    file.close_lane(0)
    other = LaneFile(path)
    assert other.read() == (
        Lane(lane=name, started_at=12.5, closed=True, accepted=5, open=1, handed=2,
             local={"shed(tee_full)": 1, "primary_failed(reset)": 1}),
    )
    assert (other.run_id, other.slots, other.free_slot()) == (file.run_id, 3, 1)
    file.close()
    other.close()


def test_slots_are_never_used_twice_in_a_run(path: Path) -> None:
    file = LaneFile(path, slots=2)
    for slot in (0, 1):
        file.reserve(slot, 1.0)
        file.close_lane(slot)
    assert file.free_slot() is None
    file.close()


def test_two_runs_have_different_names(tmp_path: Path) -> None:
    names = set()
    for name in ("a", "b"):
        file = LaneFile(tmp_path / name, slots=1)
        names.add(file.lane_id(0))
        file.close()
    assert len(names) == 2


@given(steps=st.lists(st.one_of(st.just("accept"), st.just("hand_over"), st.sampled_from(ENDINGS)), max_size=60))
def test_every_step_keeps_the_sum(tmp_path_factory: pytest.TempPathFactory, steps: list[object]) -> None:
    file = LaneFile(tmp_path_factory.mktemp("lanes") / "lanes", slots=1)
    file.reserve(0, 1.0)
    counters = file.writer(0)
    expected = {"accepted": 0, "handed": 0, "ended": 0}
    for step in steps:
        if step == "accept":
            counters.accept()
            expected["accepted"] += 1
        elif expected["accepted"] > expected["handed"] + expected["ended"]:
            if step == "hand_over":
                expected["handed"] += 1
                assert counters.hand_over() == expected["handed"]
            else:
                counters.end(step)  # type: ignore[arg-type]
                expected["ended"] += 1
        (lane,) = file.read()
        assert holds(lane)
        assert (lane.accepted, lane.handed, sum(lane.local.values())) == tuple(expected.values())
    file.close()


def test_an_ending_outside_the_closed_set_changes_nothing(path: Path) -> None:
    file = LaneFile(path, slots=1)
    file.reserve(0, 1.0)
    counters = file.writer(0)
    counters.accept()
    with pytest.raises(KeyError):
        counters.end(MATCHLESS)
    counters.accept()
    (lane,) = file.read()
    assert (lane.accepted, lane.open, lane.handed, lane.local) == (2, 2, 0, {})
    file.close()


@pytest.mark.parametrize("step", ["accept", "hand_over", "end"])
@pytest.mark.parametrize("written_words", range(23))
def test_a_write_torn_anywhere_is_still_a_sum(path: Path, step: str, written_words: int) -> None:
    """The owner was killed after some words of an update: what a reader makes of it is whole, and near."""
    file = LaneFile(path, slots=1)
    file.reserve(0, 1.0)
    counters = file.writer(0)
    for _ in range(6):
        counters.accept()
    counters.hand_over()
    counters.end((Outcome.skipped, "policy"))
    (before,) = file.read()
    size = 8 * (6 + len(ENDINGS))
    old = path.read_bytes()[512 : 512 + size]
    counters.accept() if step == "accept" else (
        counters.hand_over() if step == "hand_over" else counters.end((Outcome.primary_failed, "timeout")))
    (after,) = file.read()
    new = path.read_bytes()[512 : 512 + size]
    odd = (int.from_bytes(old[:8], "little") + 1).to_bytes(8, "little")
    torn = odd + new[8 : 8 * written_words] + old[max(8, 8 * written_words) :]
    assert len(torn) == size
    with path.open("r+b") as raw:
        raw.seek(512)
        raw.write(torn)
    other = LaneFile(path)
    (lane,) = other.read()
    assert holds(lane)
    assert before.accepted <= lane.accepted <= after.accepted
    assert before.handed <= lane.handed <= after.handed
    assert lane.open >= 0
    file.close()
    other.close()


def test_a_killed_writer_leaves_a_readable_lane(path: Path) -> None:
    file = LaneFile(path, slots=1)
    file.reserve(0, 1.0)
    code = (
        "import sys; from pathlib import Path; from shadow.ipc.lanes import LaneFile\n"
        "from shadow.records import Outcome\n"
        "c = LaneFile(Path(sys.argv[1])).writer(0)\n"
        "while True:\n"
        "    c.accept(); c.accept(); c.hand_over(); c.end((Outcome.skipped, 'policy'))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    try:
        until = time.monotonic() + 30
        while not (seen := file.read()) or seen[0].accepted < 1000:
            assert time.monotonic() < until
        for _ in range(200):
            (lane,) = file.read()
            assert holds(lane)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    (lane,) = file.read()
    assert holds(lane)
    assert lane.accepted >= seen[0].accepted
    file.close()


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"x" * 2048, b"SHADOWL1".ljust(2048, b"\0")])
def test_a_foreign_file_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerError) as caught:
        LaneFile(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert path.read_bytes() == content


def test_pulses(tmp_path: Path) -> None:
    file = LaneFile(tmp_path / "lanes", slots=4)
    for slot in (0, 1, 2):
        file.reserve(slot, started_at=10.0 + slot)
    file.writer(0).beat(123.5, waiting_bytes=4096, refused=7)
    file.writer(2).beat(1.0, waiting_bytes=1, refused=2)
    file.close_lane(2)
    told = [(p.lane, p.started_at, p.running, p.beat_s, p.waiting_bytes, p.refused) for p in file.pulses()]
    assert told == [
        (file.lane_id(0), 10.0, True, 123.5, 4096, 7),
        (file.lane_id(1), 11.0, True, 0.0, 0, 0),
        (file.lane_id(2), 12.0, False, 1.0, 1, 2),
    ]
    # They add nothing to the counters.
    assert [(lane.accepted, lane.handed, lane.local) for lane in file.read()] == [(0, 0, {})] * 3


def test_what_is_told_beside_the_sum_adds_nothing_to_it(path: Path) -> None:
    file = LaneFile(path, slots=2)
    for slot in (0, 1):
        file.reserve(slot, 1.0)
    counters = file.writer(1)
    for request_class in range(len(CLASSES)):
        counters.mirrored(request_class)
    counters.mirrored(class_of("PUT", 2000))
    counters.shed(class_of("PUT", 2000))
    counters.shed(class_of("BREW", 1 << 30))
    counters.pause(12.25)
    counters.lag(0.034)
    counters.beat(5.5, waiting_bytes=7, refused=8)
    other = LaneFile(path)
    first, second = other.read()
    assert first == Lane(lane=f"{file.run_id}-0", started_at=1.0)
    assert second == Lane(
        lane=f"{file.run_id}-1", started_at=1.0, paused_at=12.25, lag_s=0.034,
        mirrored={name: 2 if name == "PUT <16KiB" else 1 for name in CLASSES},
        shed={"PUT <16KiB": 1, "* >=1MiB": 1},
    )  # fmt: skip
    counters.pause(0.0)
    assert other.read()[1].paused_at == 0.0
    # The next owner of a file's slot begins with nothing.
    file.reserve(1, 2.0)
    assert other.read()[1] == Lane(lane=f"{file.run_id}-1", started_at=2.0)
    file.close()
    other.close()
