"""Signs of life in a shared file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shadow.ipc.beats import BEAT_S, Beat, Beats


def test_each_place_moves_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "beats"
    watched = Beats(path, places=3)
    first, last = Beat(str(path), 0), Beat(str(path), 2)
    before = [watched.read(place) for place in range(3)]
    first()
    last()
    last()
    assert [watched.read(place) - before[place] for place in range(3)] == [1, 0, 2]
    watched.close()


def test_a_loop_that_turns_shows_it_and_one_that_is_held_does_not(run: Any, tmp_path: Path) -> None:
    watched = Beats(tmp_path / "beats", places=1)

    async def scenario() -> None:
        keeping = asyncio.create_task(Beat(str(tmp_path / "beats"), 0).keep())
        await asyncio.sleep(0)
        seen = watched.read(0)
        assert seen == 1
        while watched.read(0) == seen:
            await asyncio.sleep(BEAT_S / 5)
        keeping.cancel()

    run(scenario())
    watched.close()


def test_without_a_file_nothing_is_shown(run: Any) -> None:
    beat = Beat("", 0)
    beat()
    run(beat.keep())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Beat(str(tmp_path / "none"), 0)
