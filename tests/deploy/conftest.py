"""What the tests of the deployment files share: the files, the command line, a running mirror."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from shadow.cli import COMMANDS, load_command
from shadow.config.model import Config
from shadow.validation import parse_config

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SHADOW_REDACTION_KEY": "r" * 32, "SHADOW_CONTROL_TOKEN": "t" * 32}

_spec = importlib.util.spec_from_file_location("e2e_conftest", ROOT / "tests" / "e2e" / "conftest.py")
assert _spec is not None and _spec.loader is not None
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)
mirror = _e2e.mirror

# A value with its unit, as `.service` files and this product write them.
Unit = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="session")
def deploy() -> Path:
    return ROOT / "deploy"


@pytest.fixture(scope="session")
def known() -> Callable[[list[str]], None]:
    """Raise for a command line that `shadow` would refuse."""

    def check(words: list[str]) -> None:
        assert Path(words[0]).name == "shadow", words
        command: click.Command = load_command(words[1], COMMANDS[words[1]])
        rest = words[2:]
        while isinstance(command, click.Group):
            command = command.commands[rest[0]]
            rest = rest[1:]
        command.make_context("shadow", rest).close()

    return check


def read_unit(path: Path) -> Unit:
    """Read a unit file: section, key, values in order. Raises for a line that is neither."""
    unit: Unit = {}
    section: dict[str, list[str]] | None = None
    for line in path.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = unit.setdefault(line.strip("[]"), {})
            continue
        key, equals, value = line.partition("=")
        assert equals and section is not None, f"{path.name}: {line}"
        section.setdefault(key, []).append(value)
    return unit


@pytest.fixture(scope="session")
def unit(deploy: Path) -> Callable[[str], Unit]:
    return lambda name: read_unit(deploy / "systemd" / name)


@pytest.fixture(scope="session")
def objects(deploy: Path) -> dict[tuple[str, str], Any]:
    """The objects of the Kubernetes manifests by kind and name."""
    found: dict[tuple[str, str], Any] = {}
    for path in sorted((deploy / "kubernetes").glob("*.yaml")):
        for one in yaml.safe_load_all(path.read_text("utf-8")):
            key = (one["kind"], one["metadata"]["name"])
            assert key not in found, key
            found[key] = one
    return found


@pytest.fixture(scope="session")
def pod_config(objects: dict[tuple[str, str], Any]) -> Config:
    """The configuration in the ConfigMap."""
    text = objects["ConfigMap", "orders-shadow"]["data"]["shadow.yaml"]
    return parse_config(text, "sidecar.yaml", SECRETS)


@pytest.fixture(scope="session")
def unit_config(deploy: Path) -> Config:
    return parse_config((deploy / "systemd" / "shadow.yaml").read_text("utf-8"), "shadow.yaml", {})


@pytest.fixture(scope="session")
def page() -> str:
    return (ROOT / "docs" / "operations.md").read_text("utf-8")


def worst_drain_s(config: Config) -> float:
    """How long a stop takes at most, as docs/operations.md says; a test holds the supervisor to it."""
    return 5 * config.mirror.drain_s + 11


@pytest.fixture(scope="session")
def drain_s() -> Callable[[Config], float]:
    return worst_drain_s


@pytest.fixture(scope="session")
def instructions() -> Callable[[str], list[tuple[str, str]]]:
    """Read a Dockerfile: instruction and argument, continued lines joined, comments left out."""

    def read(text: str) -> list[tuple[str, str]]:
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
        found = []
        for line in joined.splitlines():
            word, _, rest = line.partition(" ")
            assert re.fullmatch("[A-Z]+", word), line
            found.append((word, rest.strip()))
        return found

    return read


@pytest.fixture(scope="session")
def words() -> Callable[[str], list[str]]:
    return shlex.split


_ROW = re.compile(r"(?m)^\| (?:each )?(supervisor|listener|sender|comparer|keeper) \| (\d+) MiB \|")


@pytest.fixture(scope="session")
def at_rest_bytes(page: str) -> dict[str, int]:
    """What docs/operations.md says that a process of each role takes at rest."""
    return {role: int(size) * 2**20 for role, size in _ROW.findall(page)}


@pytest.fixture(scope="session")
def bound_bytes(at_rest_bytes: dict[str, int]) -> Callable[[Config], int]:
    """The sum of the table `Memory` in docs/operations.md for a configuration."""
    waiting = 32 * 2**20

    def bound(config: Config) -> int:
        mirror = config.mirror
        legs = [leg for leg in (config.candidate, config.secondary) if leg is not None]
        exchanges = 2 * sum(leg.connections for leg in legs)
        turns = 2048 if mirror.listeners > 1 and config.client_key else 0
        listener = at_rest_bytes["listener"] + mirror.tee_bytes
        sender = at_rest_bytes["sender"] + waiting
        sender += (exchanges * (2 + len(legs)) + turns * 2) * mirror.max_body_bytes
        comparer = at_rest_bytes["comparer"] + 80 * config.compare.max_decoded_bytes + waiting
        keeper = at_rest_bytes["keeper"] + 2 * waiting * (mirror.senders + mirror.comparers)
        return (
            at_rest_bytes["supervisor"] + mirror.listeners * listener + mirror.senders * sender
            + mirror.comparers * comparer + keeper
        )  # fmt: skip

    return bound
