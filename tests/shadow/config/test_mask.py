from __future__ import annotations

import json

import msgspec
import pytest

from shadow.config import config_digest, masked
from shadow.config.mask import masked_text
from shadow.config.model import Config, Primary, Redact, ShadowLeg, Verify


def config(**change: object) -> Config:
    given = {"primary": Primary(url="http://old"), "candidate": ShadowLeg(url="http://new")} | change
    return Config(**given)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://app:geheim@db:5432/x", "postgresql://app:***@db:5432/x"),
        ("postgresql://app:ge@heim@db/x", "postgresql://app:***@db/x"),
        ("mongodb+srv://:geheim@db", "mongodb+srv://***@db"),
        ("postgresql://geheim@db/x", "postgresql://geheim:***@db/x"),
        ("postgresql://db/x?user=a&password=geheim&ssl=1", "postgresql://db/x?user=a&password=***&ssl=1"),
        ("postgresql://db/x?sslpassword=geheim", "postgresql://db/x?sslpassword=***"),
        ("postgresql://app:${PW}@db/x", "postgresql://app:***@db/x"),
        ("http://new:9002/a@b", "http://new:9002/a@b"),
        ("sqlite:///shadow/old.db", "sqlite:///shadow/old.db"),
        ("plain", "plain"),
    ],
)
def test_passwords_in_urls(text: str, shown: str) -> None:
    assert masked_text(("verify", "old"), text) == shown


@pytest.mark.parametrize(("text", "shown"), [("geheim", "***"), ("${KEY}", "${KEY}"), ("x${KEY}", "***"), ("", "")])
def test_the_redaction_key(text: str, shown: str) -> None:
    assert masked_text(("redact", "key"), text) == shown


def test_masked_keeps_everything_else() -> None:
    secret = config(redact=Redact(key="geheim", headers=("x-a",)), verify=Verify(old="pg://a:geheim@h", new="b"))
    values = masked(secret)
    assert "geheim" not in json.dumps(values)
    assert values["redact"] == {"headers": ["x-a"], "paths": [], "patterns": [], "key": "***"}
    assert values["verify"]["old"] == "pg://a:***@h"
    assert masked(config(redact=Redact(patterns=("x", "http://a:geheim@h"))))["redact"]["patterns"][1] == "http://a:***@h"
    assert msgspec.convert(masked(config()), Config) == config()


def test_the_digest_follows_settings_and_not_secrets() -> None:
    plain = config_digest(config())
    assert len(plain) == 64
    assert plain == config_digest(config(listen="127.0.0.1:8080"))
    assert plain != config_digest(config(listen="127.0.0.1:8081"))
    assert plain != config_digest(config(candidate=ShadowLeg(url="http://new2")))
    one, two = (config_digest(config(redact=Redact(key=key))) for key in ("a" * 16, "b" * 16))
    assert one == two
    assert one != plain
