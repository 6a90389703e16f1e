"""The benchmark of verification plants what it says, and its subjects answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.verify.orders import CHANGES, build, expected
from bench.verify.relay import Relay
from bench.verify.servers import PostgresServer

ROWS = 20_000


@pytest.fixture(scope="module")
def names(postgres: PostgresServer) -> dict[str, str]:
    return build(postgres, ROWS, ("same", "10", "block"))


def subject(name: str, *urls: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.verify.subject", name, *urls],
        cwd=Path(__file__).parents[2], capture_output=True, check=True,
    )  # fmt: skip
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("variant", ["same", "10", "block"])
def test_what_is_planted_is_found(postgres: PostgresServer, names: dict[str, str], variant: str) -> None:
    urls = postgres.url(names["old"]), postgres.url(names[variant])
    assert subject("shadow-fast", *urls)["found"] == expected(variant, ROWS)
    assert subject("limit-default", *urls)["found"] == (0 if variant == "same" else 1)


def test_the_relay_counts_bytes(postgres: PostgresServer, names: dict[str, str]) -> None:
    relay = Relay(postgres.port)
    try:
        url = postgres.url(names["old"]).replace(str(postgres.port), str(relay.port))
        subject("shadow-default", url, postgres.url(names["same"]))
    finally:
        relay.close()
    assert 5_000 < relay.bytes < 100_000


def test_every_variant_has_a_number_of_differences() -> None:
    assert [expected(name, 5_000_000) for name in CHANGES] == [0, 10, 1000, 5000]
