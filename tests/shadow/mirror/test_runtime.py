"""What outlives the processes of a run."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from shadow.config.model import Config, Ledger, Mirror, Primary, ShadowLeg
from shadow.errors import EnvironmentFailure
from shadow.mirror.runtime import Runtime


def config(folder: Path, listen: str = "127.0.0.1:0", **mirror: int) -> Config:
    return Config(
        listen=listen, primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"),
        mirror=Mirror(**mirror), ledger=Ledger(path=str(folder / "new" / "ledger.db")),
    )  # fmt: skip


def test_several_listeners_share_one_port(tmp_path: Path) -> None:
    runtime = Runtime(config(tmp_path, listeners=3, senders=2, comparers=2))
    assert len({sock.getsockname() for sock in runtime.listen_socks}) == 1
    assert len(runtime.listen_socks) == 3
    assert len({*runtime.sender_paths, *runtime.comparer_paths, runtime.keeper_path}) == 5
    folder = Path(runtime.keeper_path).parent
    runtime.stop_listening()
    runtime.close()
    assert not folder.exists()


def test_a_busy_port_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EnvironmentFailure, match=f"cannot listen on 127.0.0.1:{port} .Address already in use"):
            Runtime(config(tmp_path, listen=f"127.0.0.1:{port}"))
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_too_long_for_a_socket_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    runtime = Runtime(config(tmp_path))
    assert Path(runtime.keeper_path).is_relative_to("/tmp")
    assert list(long.iterdir()) == []
    runtime.stop_listening()
    runtime.close()


def test_a_temporary_folder_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EnvironmentFailure, match=r"No folder can be made for the sockets .* \(No such file"):
        Runtime(config(tmp_path))


def test_counters_that_nobody_settled_are_kept_until_somebody_does(tmp_path: Path) -> None:
    for run in range(3):
        runtime = Runtime(config(tmp_path))
        assert len(runtime.previous_lane_paths()) == run
        runtime.stop_listening()
        runtime.close()
    runtime = Runtime(config(tmp_path))
    runtime.forget_lanes()
    assert not runtime.lane_path.exists()
    assert len(runtime.previous_lane_paths()) == 3
    runtime.stop_listening()
    runtime.close()
