"""Two addresses and a token: what contradicts itself is told with the remedy."""

from __future__ import annotations

import msgspec
import pytest

from shadow.config.mask import MASK, masked
from shadow.config.model import Config, Control, Primary, ShadowLeg
from shadow.validation.control import control_problems, is_loopback
from shadow.wire.address import parse_listen

TOKEN = "0123456789abcdef"


def config(listen: str = "127.0.0.1:8080", **control: object) -> Config:
    return Config(
        listen=listen,
        primary=Primary(url="http://127.0.0.1:9001"),
        candidate=ShadowLeg(url="http://127.0.0.1:9002"),
        control=msgspec.convert(control, Control),
    )


@pytest.mark.parametrize(
    "control",
    [
        {},
        {"api": "", "probes": ""},
        {"api": "127.0.0.1:0", "probes": "127.0.0.1:0"},
        {"api": "localhost:9900"},
        {"api": "[::1]:9900"},
        {"api": "0.0.0.0:9900", "token": TOKEN},
        {"probes": "0.0.0.0:9901"},
        {"api": "", "probes": ":9901"},
        {"api": "127.0.0.2:9900"},
    ],
)
def test_good_ones(control: dict[str, object]) -> None:
    assert list(control_problems(config(**control))) == []


@pytest.mark.parametrize(
    ("control", "path", "words"),
    [
        ({"api": "9900"}, ("control", "api"), "is not an address"),
        ({"api": "unix:/run/shadow.sock"}, ("control", "api"), "is not an address"),
        ({"probes": "127.0.0.1:70000"}, ("control", "probes"), "is not an address"),
        ({"probes": "127.0.0.1:9900"}, ("control", "probes"), "is the same address as control.api"),
        ({"api": "127.0.0.1:8080"}, ("control", "api"), "is the same address as listen"),
        ({"api": "0.0.0.0:9900"}, ("control", "api"), "reachable from other machines"),
        ({"api": ":9900"}, ("control", "api"), "reachable from other machines"),
        ({"api": "[::]:9900"}, ("control", "api"), "reachable from other machines"),
        ({"api": "shadow.internal:9900"}, ("control", "api"), "reachable from other machines"),
        ({"token": TOKEN[:-1]}, ("control", "token"), "at least 16"),
        ({"token": TOKEN + " x"}, ("control", "token"), "without spaces"),
        ({"token": TOKEN + "\u00e9"}, ("control", "token"), "ASCII"),
    ],
)
def test_contradictions(control: dict[str, object], path: tuple[str, ...], words: str) -> None:
    (found,) = control_problems(config(**control))
    assert found.path == path
    assert words in found.message
    assert found.remedy.endswith(".")


def test_the_token_is_masked() -> None:
    assert masked(config(token=TOKEN))["control"]["token"] == MASK


@pytest.mark.parametrize(
    ("text", "inside"), [("127.0.0.1:1", True), ("[::1]:1", True), (":1", False), ("h:1", False)]
)
def test_loopback(text: str, inside: bool) -> None:
    assert is_loopback(parse_listen(text)) is inside


def test_clients_may_come_over_a_unix_socket() -> None:
    assert list(control_problems(config(listen="unix:/run/live.sock"))) == []
