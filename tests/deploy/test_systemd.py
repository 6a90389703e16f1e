"""The units: systemd accepts them, and their commands, ports, times, paths and users are those of the configuration."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config
from shadow.errors import EXIT_USAGE
from shadow.wire.address import parse_listen

MIRROR, SOCKET, VERIFY, TIMER = (
    "shadow-mirror.service", "shadow-mirror.socket", "shadow-verify.service", "shadow-verify.timer",
)  # fmt: skip
INSTALLED = "/opt/shadow-parity/bin/shadow"
ANALYZE = shutil.which("systemd-analyze")

Unit = Callable[[str], dict[str, dict[str, list[str]]]]


def one(unit: Unit, name: str, section: str, key: str) -> str:
    (value,) = unit(name)[section][key]
    return value


@pytest.fixture
def installed(deploy: Path, tmp_path: Path) -> Path:
    """The units in a folder of their own, starting the command of this environment."""
    own = Path(sys.executable).with_name("shadow")
    for path in (deploy / "systemd").iterdir():
        text = path.read_text("utf-8").replace(INSTALLED, str(own))
        (tmp_path / path.name).write_text(text)
    return tmp_path


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units(installed: Path) -> None:
    assert ANALYZE is not None
    names = [str(installed / name) for name in (MIRROR, SOCKET, VERIFY, TIMER)]
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", "--recursive-errors=no", *names], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if any(Path(name).name in line for name in names)]
    assert (done.returncode, said) == (0, [])


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("bad", ["ExecStart=/no/such/command", "WatchdogSec=often", "Nonsense=yes"])
def test_systemd_would_say_so(installed: Path, bad: str) -> None:
    assert ANALYZE is not None
    path = installed / MIRROR
    path.write_text(path.read_text().replace("[Install]", f"{bad}\n[Install]"))
    done = subprocess.run([ANALYZE, "verify", "--man=no", str(path)], capture_output=True, text=True)
    assert MIRROR in done.stderr


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_the_mirror_is_exposed_to_little(deploy: Path) -> None:
    assert ANALYZE is not None
    path = deploy / "systemd" / MIRROR
    done = subprocess.run(
        [ANALYZE, "security", "--offline=yes", "--threshold=20", "--no-pager", str(path)],
        capture_output=True,
        text=True,
    )
    # Tenths: 20 is an exposure of 2.0, of at most 10.
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("name", [MIRROR, VERIFY])
def test_commands_and_the_configuration_they_name_exist(
    name: str, unit: Unit, known: Callable[[list[str]], None], words: Callable[[str], list[str]]
) -> None:
    line = words(one(unit, name, "Service", "ExecStart"))
    assert line[0] == INSTALLED
    known(line)
    assert line[line.index("-c") + 1] == "/etc/shadow-parity/shadow.yaml"


def test_the_socket_is_where_the_configuration_listens(unit: Unit, unit_config: Config) -> None:
    assert one(unit, SOCKET, "Socket", "ListenStream") == unit_config.listen
    assert one(unit, MIRROR, "Unit", "Requires") == SOCKET
    assert SOCKET in one(unit, MIRROR, "Unit", "After").split()
    assert one(unit, SOCKET, "Socket", "FlushPending") == "no"


def test_addresses_of_the_control_api_are_different_and_on_loopback(unit_config: Config) -> None:
    texts = (unit_config.listen, unit_config.control.api, unit_config.control.probes)
    addresses = [parse_listen(text) for text in texts]
    assert len({address.port for address in addresses}) == 3
    assert {address.host for address in addresses} == {"127.0.0.1"}


def test_there_is_time_to_drain(unit: Unit, unit_config: Config, drain_s: Callable[[Config], float]) -> None:
    assert float(one(unit, MIRROR, "Service", "TimeoutStopSec")) >= drain_s(unit_config) + 5


def test_stopping_asks_the_supervisor_alone(unit: Unit) -> None:
    """It drains the others in the order in which evidence flows; what is left at the end is killed with it."""
    assert one(unit, MIRROR, "Service", "KillMode") == "mixed"
    assert one(unit, MIRROR, "Service", "KillSignal") == "SIGTERM"
    assert one(unit, MIRROR, "Service", "ExecReload") == "/bin/kill -HUP $MAINPID"


def test_systemd_is_told_and_watches(unit: Unit) -> None:
    assert one(unit, MIRROR, "Service", "Type") == "notify"
    # The supervisor speaks, nobody else.
    assert one(unit, MIRROR, "Service", "NotifyAccess") == "main"
    assert float(one(unit, MIRROR, "Service", "WatchdogSec")) == 60


def test_it_is_started_again_unless_that_changes_nothing(unit: Unit) -> None:
    assert one(unit, MIRROR, "Service", "Restart") == "always"
    assert one(unit, MIRROR, "Service", "RestartPreventExitStatus") == str(EXIT_USAGE)
    # The attempts that count have to fit into the interval, or the limit is never reached.
    burst, every_s = (int(one(unit, MIRROR, "Unit", f"StartLimit{key}")) for key in ("Burst", "IntervalSec"))
    assert burst * (float(one(unit, MIRROR, "Service", "RestartSec")) + 2) < every_s


def test_one_process_that_runs_out_of_memory_does_not_end_the_others(unit: Unit) -> None:
    assert one(unit, MIRROR, "Service", "OOMPolicy") == "continue"
    assert "MemoryMax" not in unit(MIRROR)["Service"]


def test_what_is_written_is_in_the_state_directory(unit: Unit, unit_config: Config) -> None:
    folder = "/var/lib/shadow-parity"
    assert str(Path(unit_config.ledger.path).parent) == unit_config.out == folder
    for name in (MIRROR, VERIFY):
        assert one(unit, name, "Service", "StateDirectory") == Path(folder).name
        assert one(unit, name, "Service", "StateDirectoryMode") == "0700"
        assert one(unit, name, "Service", "WorkingDirectory") == folder
        assert one(unit, name, "Service", "UMask") == "0077"
        assert one(unit, name, "Service", "ProtectSystem") == "strict"


def test_variables_of_the_configuration_come_from_one_file(unit: Unit) -> None:
    """The minus: it need not be there."""
    for name in (MIRROR, VERIFY):
        assert one(unit, name, "Service", "EnvironmentFile") == "-/etc/shadow-parity/environment"


def test_both_run_as_one_user_which_is_not_the_group_of_the_password_file(unit: Unit, deploy: Path) -> None:
    users = {one(unit, name, "Service", key) for name in (MIRROR, VERIFY) for key in ("User", "Group")}
    assert users == {"shadow-parity"}
    kind, name, uid, _ = (deploy / "systemd" / "shadow-parity.sysusers").read_text("utf-8").split(" ", 3)
    assert (kind, name, uid) == ("u", "shadow-parity", "-")


def test_no_path_of_ours_is_in_the_way_of_the_password_file(deploy: Path) -> None:
    wrong = [
        str(path) for path in deploy.rglob("*") if path.is_file() and "/etc/shadow/" in path.read_text("utf-8")
    ]
    assert wrong == []


def test_descriptors_are_enough_for_the_configuration(unit: Unit, unit_config: Config) -> None:
    from shadow.doctor.host import Host, host_checks

    limit = int(one(unit, MIRROR, "Service", "LimitNOFILE"))
    host = Host(cores=4, python=(3, 11), uvloop="", open_files=limit, build="compiled", memory_bytes=2**40, now=1.0)
    (check,) = [check for check in host_checks(unit_config, host) if check.name == "open files"]
    assert check.level == "ok"


def test_the_data_are_verified_every_night(unit: Unit) -> None:
    assert one(unit, TIMER, "Timer", "Persistent") == "yes"
    assert "Unit" not in unit(TIMER)["Timer"], "the service of the same name is meant"
    assert one(unit, VERIFY, "Service", "Type") == "oneshot"
    assert "SuccessExitStatus" not in unit(VERIFY)["Service"], "a difference has to fail the unit"
    if ANALYZE is not None:
        when = one(unit, TIMER, "Timer", "OnCalendar")
        done = subprocess.run([ANALYZE, "calendar", "--iterations=2", when], capture_output=True, text=True)
        assert done.returncode == 0 and "02:17:00" in done.stdout


def test_cron_does_the_same(
    deploy: Path, unit: Unit, known: Callable[[list[str]], None], words: Callable[[str], list[str]]
) -> None:
    text = (deploy / "cron" / "shadow-verify").read_text("utf-8")
    assert text.endswith("\n"), "cron ignores a last line without its end"
    (line,) = [each for each in text.splitlines() if each and each[0].isdigit()]
    minute, hour, *days, user, command = line.split(None, 6)
    assert (int(minute), int(hour), days) == (17, 2, ["*", "*", "*"])
    assert user == "shadow-parity"
    assert "%" not in command, "cron makes a line's end of it"
    parts = words(command)
    assert parts[:3] == ["cd", "/var/lib/shadow-parity", "&&"]
    ours = parts[parts.index(INSTALLED):]
    known(ours)
    other: list[Any] = [word for word in words(one(unit, VERIFY, "Service", "ExecStart")) if word != "--json"]
    assert ours == other
    for tool in ("nice", "flock"):
        assert tool in parts and shutil.which(tool)


def test_both_configurations_ask_for_the_data(unit_config: Config) -> None:
    assert unit_config.verify is not None
    assert unit_config.verify.old != unit_config.verify.new
