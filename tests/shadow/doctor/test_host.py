from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from shadow.config.model import Config, Mirror, Primary, ShadowLeg
from shadow.doctor import host as module
from shadow.doctor.host import Host, host_checks, read_host

CONFIG = Config(primary=Primary(url="http://a", connections=100), candidate=ShadowLeg(url="http://b", connections=10))
HOST = Host(python=(3, 11), uvloop="0.22.1", build="compiled", cores=4, open_files=264,
            memory_bytes=128 * 1024**2, now=1_780_000_000.0)  # fmt: skip


def found(config: Config = CONFIG, **change: object) -> dict[str, str]:
    checks = list(host_checks(config, msgspec.structs.replace(HOST, **change)))
    assert all(bool(check.remedy) == (check.level != "ok") for check in checks)
    return {check.name: check.level for check in checks}


def test_a_machine_that_suffices() -> None:
    assert found() == dict.fromkeys(("versions", "build", "cores", "open files", "memory", "clock"), "ok")


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({"python": (3, 10)}, "versions", "fail"),
        ({"python": (3, 14)}, "versions", "ok"),
        ({"uvloop": None}, "versions", "fail"),
        ({"open_files": 263}, "open files", "fail"),
        ({"open_files": None}, "open files", "ok"),
        ({"memory_bytes": 128 * 1024**2 - 1}, "memory", "warn"),
        ({"memory_bytes": 64 * 1024**2}, "memory", "warn"),
        ({"memory_bytes": 64 * 1024**2 - 1}, "memory", "fail"),
        ({"memory_bytes": None}, "memory", "warn"),
        ({"cores": 2}, "cores", "ok"),
        ({"cores": 1}, "cores", "warn"),
        ({"now": 0.0}, "clock", "fail"),
        ({"now": 5e9}, "clock", "fail"),
    ],
)
def test_limits(change: dict[str, object], name: str, level: str) -> None:
    assert found(**change)[name] == level


@pytest.mark.parametrize(
    ("connections", "needed"),
    [({"candidate": 300, "secondary": None}, 366), ({"candidate": 300, "secondary": 50}, 416)],
)
def test_the_sender_has_all_shadow_connections(connections: dict[str, int | None], needed: int) -> None:
    config = msgspec.structs.replace(
        CONFIG,
        candidate=ShadowLeg(url="http://b", connections=connections["candidate"]),
        secondary=connections["secondary"] and ShadowLeg(url="http://c", connections=connections["secondary"]),
    )
    assert found(config, open_files=needed)["open files"] == "ok"
    assert found(config, open_files=needed - 1)["open files"] == "fail"


@pytest.mark.parametrize(
    ("listeners", "comparers", "cores", "level"),
    [(2, 1, 2, "warn"), (1, 2, 2, "warn"), (3, 1, 4, "ok"), (4, 1, 4, "warn")],
)
def test_processes_and_cores(listeners: int, comparers: int, cores: int, level: str) -> None:
    config = msgspec.structs.replace(CONFIG, mirror=Mirror(listeners=listeners, comparers=comparers, tee_bytes=2**20))
    assert found(config, cores=cores)["cores"] == level


def test_every_listener_has_a_tee() -> None:
    config = msgspec.structs.replace(CONFIG, mirror=Mirror(listeners=3))
    assert found(config)["memory"] == "fail"


def test_this_machine_is_read() -> None:
    host = read_host()
    assert host.python >= (3, 11)
    assert host.uvloop
    assert host.cores >= 1
    assert host.memory_bytes is None or host.memory_bytes > 0
    assert host.now > module.EARLIEST


def test_memory_of_machine_and_cgroup(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 100 kB\nMemAvailable:     7 kB\n")
    assert module._available_bytes(tmp_path / "meminfo") == 7168
    assert module._available_bytes(tmp_path / "nothing") is None
    assert module._cgroup_bytes(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("10\n")
    assert module._cgroup_bytes(tmp_path) is None
    (tmp_path / "memory.max").write_text("30\n")
    assert module._cgroup_bytes(tmp_path) == 20
    (tmp_path / "memory.current").write_text("40\n")
    assert module._cgroup_bytes(tmp_path) == 0
