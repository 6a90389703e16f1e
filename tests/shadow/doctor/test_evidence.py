from __future__ import annotations

from datetime import date

import msgspec
import pytest

from shadow.config.model import Compare, Config, Gate, Latency, Parity, Primary, Redact, Rule, ShadowLeg, Verify
from shadow.doctor.evidence import evidence_checks

TODAY = date(2026, 6, 1)
RULE = Rule(id="r", endpoint="*", path="$.a", owner="ann", reason="x", created="2026-01-01", expires="2026-12-31")
SOUND = Config(
    primary=Primary(url="http://old", build="1"),
    candidate=ShadowLeg(url="http://new", build="2"),
    secondary=ShadowLeg(url="http://old2"),
    redact=Redact(key="k" * 32),
    verify=Verify(old="a", new="b"),
    compare=Compare(rules=(RULE,)),
)


def complaints(config: Config) -> dict[str, str]:
    found = [check for check in evidence_checks(config, TODAY) if check.level != "ok"]
    assert all(check.remedy for check in found)
    return {check.name: f"{check.level}: {check.message}" for check in found}


def test_a_sound_configuration() -> None:
    assert complaints(SOUND) == {}
    said = {check.name: check.message for check in evidence_checks(SOUND, TODAY)}
    assert said["primary build"] == "is configured: 1."
    assert said["redaction key"] == "is set."


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"primary": Primary(url="http://old")}, "primary build", "warn: is unknown"),
        ({"candidate": ShadowLeg(url="http://new")}, "candidate build", "warn: is unknown"),
        ({"candidate": ShadowLeg(url="http://new", build="1")}, "builds differ", "warn: primary and candidate both"),
        ({"secondary": None}, "secondary", "and the latency criterion will be inconclusive."),
        ({"redact": Redact()}, "redaction key", "warn: is not set"),
        ({"redact": Redact(key="k" * 15)}, "redaction key", "warn: is short (15 characters)"),
        ({"gate": Gate(parity=Parity(min_ratio=1.0))}, "gate parity", "warn: gate.parity.min_ratio is 1"),
        ({"verify": None}, "gate data", "warn: the gate asks for data checks"),
    ],
)
def test_one_complaint(change: dict[str, object], name: str, said: str) -> None:
    found = complaints(msgspec.structs.replace(SOUND, **change))
    assert list(found) == [name]
    assert said in found[name]


@pytest.mark.parametrize(
    "change",
    [
        {"candidate": ShadowLeg(url="http://new", build_header="x-build")},
        {"redact": Redact(key="k" * 16)},
        {"verify": None, "gate": Gate(data=None)},
    ],
)
def test_no_complaint(change: dict[str, object]) -> None:
    assert complaints(msgspec.structs.replace(SOUND, **change)) == {}


@pytest.mark.parametrize("latency", [None, Latency(against="primary")])
def test_without_a_secondary_latency_is_lost_only_if_it_was_asked(latency: Latency | None) -> None:
    found = complaints(msgspec.structs.replace(SOUND, secondary=None, gate=Gate(latency=latency)))
    assert found == {"secondary": "warn: there is none: noise cannot be told from differences."}


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2026-05-31", "warn: expired on 2026-05-31 and covers nothing any more."),
        ("2026-06-01", "warn: expires on 2026-06-01."),
        ("2026-06-02", "warn: expires on 2026-06-02."),
        ("2026-06-08", "warn: expires on 2026-06-08."),
        ("2026-06-09", None),
    ],
)
def test_rules_expire(expires: str, said: str | None) -> None:
    rule = msgspec.structs.replace(RULE, expires=expires)
    found = complaints(msgspec.structs.replace(SOUND, compare=Compare(rules=(rule,))))
    assert found == ({"rule r": said} if said else {})
