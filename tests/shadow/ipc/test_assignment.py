"""What a child is told: lines, secrets, commands, the lifeline, the reconnecting loop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from shadow.config.model import Config, Primary, ShadowLeg
from shadow.errors import EnvironmentFailure
from shadow.ipc.assignment import (
    Assignment,
    Command,
    Drain,
    Lifeline,
    Lost,
    Pause,
    Reload,
    Reloaded,
    command_decoder,
    commands_of,
    keep_connected,
    line_of,
)
from shadow.records import Gap, GapKind

CONFIG = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
ASSIGNMENT = Assignment(role="listener", run_id="r", index=1, config=CONFIG, listen_fd=7, lane_path="/lanes",
                        slots=(2,),
                        comparer_paths=("/c0", "/c1"), redaction_key=b"very secret \xff key")


def test_an_assignment_is_one_line_and_comes_back_whole() -> None:
    line = line_of(ASSIGNMENT)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert msgspec.json.decode(line, type=Assignment) == ASSIGNMENT


def test_the_key_is_in_no_representation() -> None:
    assert repr(ASSIGNMENT) == str(ASSIGNMENT) == "<Assignment listener 1>"


CHILD = """
import asyncio, sys
from shadow.ipc.assignment import Lost, Pause, run_child

async def main(assignment, lifeline):
    print("main", assignment.role, assignment.redaction_key, sys.argv[1:], flush=True)
    def on_command(command):
        print(command, flush=True)
    lifeline.on_command = on_command
    await lifeline.drain.wait()
    print("drained", flush=True)

run_child(main, uvloop={uvloop}, prepare=lambda assignment: print("prepare", assignment.index, flush=True))
"""


@pytest.mark.parametrize("uvloop", [False, True])
@pytest.mark.parametrize("how", ["drain", "end of the pipe"])
def test_a_child_from_assignment_to_drain(uvloop: bool, how: str) -> None:
    gap = Gap(kind=GapKind.sender_lost, started_at=1.0, ended_at=2.0, detail="x")
    said = line_of(ASSIGNMENT) + line_of(Pause(paused=True)) + line_of(Lost(gap=gap))
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("{uvloop}", str(uvloop))],
        input=said + (line_of(Drain()) if how == "drain" else b""), capture_output=True, timeout=30, check=True,
    )
    assert done.stdout.decode().splitlines() == [
        "prepare 1", f"main listener {ASSIGNMENT.redaction_key!r} []", "Pause(paused=True)",
        f"Lost(gap={gap!r}, hung=False)",
        "drained"]
    assert done.stderr == b""


@pytest.mark.parametrize("problem", ["", "the certificate is gone."])
def test_a_reload_is_answered_when_it_is_done(run: Any, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        read, write = os.pipe()
        lifeline = Lifeline(who="sender 0", up_fd=write)
        done: list[int] = []

        async def use(command: Command) -> None:
            await asyncio.sleep(0)
            if problem:
                raise EnvironmentFailure(problem, "Put it back.")
            done.append(1)

        lifeline.on_command = use
        await lifeline.take(Reload(config=CONFIG, number=7))
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            (answer,) = [command_decoder.decode(line) for line in pipe]
        told = f"{problem} Put it back." if problem else ""
        assert answer == Reloaded(number=7, who="sender 0", problem=told)
        assert bool(done) is not bool(problem)
        assert ("going on with the configuration as it was" in caplog.text) is bool(problem)

    run(scenario())


def test_a_child_started_by_hand_says_so() -> None:
    done = subprocess.run([sys.executable, "-m", "shadow.mirror.listener"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.decode() == "shadow: this process is started by `shadow mirror`, not by hand\n"


def test_connecting_is_tried_again_with_growing_pauses_that_a_success_resets(run: Any) -> None:
    async def scenario() -> None:
        at: list[float] = []
        loop = asyncio.get_running_loop()
        ready, gone = asyncio.Event(), asyncio.Event()

        async def connect() -> asyncio.Event:
            at.append(loop.time())
            if len(at) in (4, 6):
                ready.set()
                return gone
            raise ConnectionRefusedError

        task = asyncio.create_task(keep_connected(connect, first_delay_s=0.02, most_delay_s=0.05))
        await ready.wait()
        ready.clear()
        pauses = [b - a for a, b in pairwise(at)]
        assert all(pause >= least for pause, least in zip(pauses, (0.019, 0.039, 0.049), strict=True))
        gone.set()
        await ready.wait()
        assert at[4] - at[3] < 1.0
        task.cancel()
        await asyncio.wait([task])

    run(scenario())


def test_requests_of_the_keeper_pass_over_lines_that_are_none() -> None:
    async def scenario() -> list[Any]:
        read, write = os.pipe()
        os.write(write, line_of(Pause(paused=True)))
        os.write(write, b'{"type":"pau\n[]\n{}\n\n' + line_of(Pause(paused=False)))
        os.close(write)
        with os.fdopen(read, "rb", 0) as pipe:
            return [command async for command in commands_of(pipe)]

    assert asyncio.run(scenario()) == [Pause(paused=True), Pause(paused=False)]
