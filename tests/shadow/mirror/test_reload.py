"""Which changes a running mirror takes over."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shadow.config.model import Config, Control, Ledger, LegTls, ListenTls, Mirror, Primary, Redact, Route, ShadowLeg
from shadow.errors import ConfigError, EnvironmentFailure
from shadow.mirror.reload import check, fixed_changes

OLD = Config(primary=Primary(url="http://a:1"), candidate=ShadowLeg(url="http://b:1"))


@pytest.mark.parametrize(
    ("changes", "fixed"),
    [
        ({}, ()),
        ({"primary": Primary(url="http://c:1", timeout_s=1.0)}, ()),
        ({"candidate": ShadowLeg(url="http://c:1", breaker_failures=9)}, ()),
        ({"secondary": ShadowLeg(url="http://c:1", store="own")}, ()),
        ({"mirror": Mirror(sample_ratio=0.5, max_body_bytes=1, drain_s=1, pause_lag_s=0)}, ()),
        ({"routes": (Route(endpoint="GET /a", rate_per_s=1.0),), "client_key": "cookie:a"}, ()),
        ({"redact": Redact(paths=("$.a",))}, ()),
        ({"listen": ":1"}, ("listen",)),
        ({"mirror": Mirror(listeners=2)}, ("mirror.listeners",)),
        ({"mirror": Mirror(senders=2, comparers=3, pin="off")},
         ("mirror.senders", "mirror.comparers", "mirror.pin")),
        ({"ledger": Ledger(examples=9)}, ("ledger",)),
        ({"redact": Redact(key="x")}, ("redact.key",)),
        ({"control": Control(token="x")}, ("control",)),
        ({"candidate": ShadowLeg(url="http://b:1", store="own")}, ("candidate.store",)),
    ],
)  # fmt: skip
def test_what_needs_a_restart(changes: dict[str, Any], fixed: tuple[str, ...]) -> None:
    new = msgspec.structs.replace(OLD, **changes)
    assert fixed_changes(OLD, new) == fixed
    if not fixed:
        check(OLD, new)
        return
    with pytest.raises(ConfigError) as caught:
        check(OLD, new)
    assert all(name in caught.value.message and name in caught.value.remedy for name in fixed)


def test_a_secondary_on_the_primarys_database_needs_a_restart_too() -> None:
    own = msgspec.structs.replace(OLD, secondary=ShadowLeg(url="http://c:1", store="own"))
    shared = msgspec.structs.replace(OLD, secondary=ShadowLeg(url="http://c:1"))
    assert fixed_changes(own, shared) == ("secondary.store",)


def test_what_the_processes_could_not_build_is_refused() -> None:
    twice = (Route(endpoint="GET /a"), Route(endpoint="GET /a"))
    with pytest.raises(ConfigError, match="named twice"):
        check(OLD, msgspec.structs.replace(OLD, routes=twice))


@pytest.mark.parametrize(
    "changes",
    [
        {"tls": ListenTls(certificate="/nowhere.pem")},
        {"primary": Primary(url="https://a:1", tls=LegTls(ca="/nowhere.pem"))},
        {"candidate": ShadowLeg(url="https://b:1", tls=LegTls(certificate="/nowhere.pem"))},
    ],
)
def test_certificates_that_cannot_be_loaded_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EnvironmentFailure, match=r"/nowhere\.pem"):
        check(OLD, msgspec.structs.replace(OLD, **changes))
