"""The benchmark of verification plants what it says, and its subjects answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.verify import documents, judging, summary, table
from bench.verify.counting import MongoCounter, PostgresCounter
from bench.verify.mongod import MongoServer
from bench.verify.orders import CHANGES, build, expected
from bench.verify.relay import Relay
from bench.verify.servers import PostgresServer

ROWS = 20_000


@pytest.fixture(scope="module")
def names(postgres: PostgresServer) -> dict[str, str]:
    return build(postgres, ROWS, ("same", "10", "1000", "block"))


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


def test_the_relay_counts_bytes_and_queries(postgres: PostgresServer, names: dict[str, str]) -> None:
    relay = Relay(postgres.port, PostgresCounter)
    try:
        url = postgres.url(names["old"]).replace(str(postgres.port), str(relay.port))
        subject("limit-default", url, postgres.url(names["same"]))
    finally:
        relay.close()
    assert 1_000 < relay.bytes < 100_000
    assert 4 <= relay.queries <= 40


def test_queries_are_counted_however_the_bytes_are_cut() -> None:
    def message(kind: bytes, body: bytes) -> bytes:
        return kind + (len(body) + 4).to_bytes(4, "big") + body

    ssl, startup = message(b"", (80877103).to_bytes(4, "big")), message(b"", (196608).to_bytes(4, "big") + b"user\0")
    stream = ssl + startup + message(b"Q", b"SELECT 1\0") + message(b"P", b"") + message(b"E", b"\0")
    commands = b"".join((16 + n).to_bytes(4, "little") + bytes(12 + n) for n in (0, 1, 500))
    for counter, data, asked in ((PostgresCounter, stream, 2), (MongoCounter, commands, 3)):
        for size in (1, 3, 7, len(data)):
            one = counter()
            for at in range(0, len(data), size):
                one.feed(data[at : at + size])
            assert one.asked == asked, (counter, size)


@pytest.mark.slow
def test_reladiff_breaks_where_a_null_became_text_and_ours_does_not(
    postgres: PostgresServer, names: dict[str, str]
) -> None:
    pytest.importorskip("reladiff", reason="the benchmark's peers are not installed: pip install -e '.[bench]'")
    sentence = judging.null_became_text(postgres.url(names["old"]), postgres.url(names["1000"]), expected("1000", ROWS))
    assert "exits 0 with 0 lines of differences" in sentence, sentence
    assert judging.is_right(sentence), sentence


@pytest.mark.parametrize("make", [documents.build_orders, documents.build_mixed])
def test_documents_hold_what_the_table_holds(postgres: PostgresServer, mongo: MongoServer, make: Any) -> None:
    urls = make(postgres, mongo, 1_000)
    found = subject("shadow-cross", *urls)
    assert (found["found"], found["status"], found["rows"]) == (0, "pass", [1_000, 1_000])
    assert "column by column in batches;" in str(found["note"]), "none of them row by row"
    assert subject("shadow-documents", urls[1], documents.copied(mongo, urls[1]))["status"] == "pass"
    assert subject("raw-reads", *urls)["found"] == 0


def sample(engines: str, variant: str, name: str, number: int, **values: Any) -> dict[str, Any]:
    usual = {"found": 0, "expected": 0, "status": "", "note": "", "wall_s": 1.0, "client_cpu_s": 1.0,
             "server_cpu_s": 1.0, "client_mb": 50.0}  # fmt: skip
    return {"engines": engines, "variant": variant, "subject": name, "round": number, **usual, **values}


def test_a_target_is_the_median_of_ratios_within_rounds() -> None:
    walls = [(1.0, 10.0), (4.0, 8.0), (9.0, 10.0)]
    samples = [
        each
        for number, (one, other) in enumerate(walls)
        for each in (
            sample(summary.POSTGRES, "same", "shadow-fast", number, wall_s=one),
            sample(summary.POSTGRES, "same", "reladiff", number, wall_s=other),
        )
    ]
    (wall, *_) = summary.targets(samples)
    assert (wall["what"], wall["median"], wall["least"], wall["most"], wall["met"]) == ("wall_s", 0.5, 0.1, 0.9, True)


def test_a_run_that_found_something_else_meets_no_target_and_is_told() -> None:
    values = {"rows": [9, 9], "rows_s": 0.5, "client_cpu_s": 1e-6, "found": 1, "mb": 1.0, "queries": 2}
    samples = [sample(summary.CROSS, "same", "shadow-cross", 0, **values)]
    assert [each["what"] for each in summary.targets(samples)] == ["peak_mb"]
    result = {"samples": samples, "day": "2026-01-01", "rows": 1, "documents": 1, "rounds": 1, "versions": "",
              "judged": [], "machine": {"cores": "1", "cpu": "x", "kernel": "y", "load": "0.0"}}  # fmt: skip
    assert "| 1 **of 0** |" in table.render(result)


def test_every_variant_has_a_number_of_differences() -> None:
    assert [expected(name, 5_000_000) for name in CHANGES] == [0, 10, 1000, 5000]
