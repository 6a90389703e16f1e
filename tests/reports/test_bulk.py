from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import page_samples
import pytest

from reports.bulk import beside, lines, write_bulk
from reports.html import render_html
from shadow.errors import EnvironmentFailure
from shadow.ledger.evidence import Evidence, SignatureRow
from shadow.records import Example, Kind, Message


def signature(name: str, n: int, examples: int) -> SignatureRow:
    held = tuple(
        Example(
            observed_at=float(index),
            request=Message(start="GET /a", headers=(("authorization", "‹bearer:9b02c4f1›"),)),
            primary=Message(start="200", body="1"), candidate=None, differences=(),
        )
        for index in range(examples)
    )  # fmt: skip
    return SignatureRow(
        id=name, endpoint="GET /a", group=f"body:$.{name}", kind=Kind.value, n=n, n_open=n, first_at=1.0, last_at=2.0,
        examples=held,
    )  # fmt: skip


SIGNATURES = (signature("rare", 1, 1), signature("often", 900, 7), signature("none", 3, 0))


def evidence() -> Evidence:
    return Evidence(
        ledger_id="l", path="l", read_at=0.0, since=0.0, until=1.0, epoch=None, signatures=SIGNATURES,
    )  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_every_signature_and_every_example_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "r.evidence.jsonl.gz"
    result = page_samples.no_go()
    write_bulk(path, evidence(), result)
    first, *rest = read(path)
    assert (first["record"], first["evidence_digest"]) == ("identity", result.identity.evidence_digest)
    assert [(row["record"], row.get("id") or row["signature"]) for row in rest] == [
        ("signature", "often"), *[("example", "often")] * 7, ("signature", "none"), ("signature", "rare"),
        ("example", "rare"),
    ]  # fmt: skip
    assert [row["observed_at"] for row in rest if row["record"] == "example"] == [*map(float, range(7)), 0.0]
    assert rest[1]["request"]["headers"] == [["authorization", "‹bearer:9b02c4f1›"]]
    assert (rest[0]["n"], rest[0]["examples"], rest[0]["kind"]) == (900, 7, "value")


def test_the_same_evidence_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_bulk(tmp_path / name, evidence(), page_samples.go())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert b"".join(lines(evidence(), page_samples.go())) == gzip.decompress((tmp_path / "a").read_bytes())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="Cannot write"):
        write_bulk(tmp_path / "file" / "x.gz", evidence(), page_samples.go())


def test_the_page_leads_to_it_where_there_is_one() -> None:
    name = beside(Path("/x/nightly one.html")).name
    assert name == "nightly one.evidence.jsonl.gz"
    assert '<a href="./nightly%20one.evidence.jsonl.gz" download>' in render_html(page_samples.no_go(), bulk=name)
    assert "beside this page" not in render_html(page_samples.no_go())
