"""Every row of the table of type pairs, on real servers: what it calls equal passes, what it calls unequal is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from tests.verify.type_pairs import MISSING, MONGO, PG, SECTIONS, Claim, table
from verify.running.job import run_verification

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text()
_TYPES = {
    "smallint, integer": "integer", "integer, bigint": "bigint", "numeric(p, s)": "numeric(30, 6)",
    "char(n)": "char(5)", "varchar(n)": "varchar(99)", "enum": "mood", "numrange, tstzrange": "numrange",
    "inet and other types": "inet", "smallint, integer, bigint": "bigint", "text, varchar(n)": "text",
    "timestamptz, timestamp": "timestamptz", "text of 24 hexadecimal digits": "text", "bytea of 12 bytes": "bytea",
    "jsonb, json": "jsonb", "NULL": "text", "int4range and other ranges": "int4range",
}  # fmt: skip


def column(kind: str, old: str) -> str:
    """Return the type of PostgreSQL that stands for the words of the table."""
    plain = kind.partition(", with ")[0]
    if plain == "the same type":
        plain = old
    if plain == "integer[], text[]":
        return "integer[]"
    return _TYPES.get(plain, plain)


def rows_of(claim: Claim) -> list[tuple[int, Any, Any]]:
    """Return (id, old, new): ids of equal values from 1 on, of unequal ones from 101 on."""
    return [
        (start + at, *values)
        for start, found in ((1, claim.equal), (101, claim.unequal))
        for at, values in enumerate(found)
    ]


def filled(engine: str, side: int, claims: list[Claim], server: Any) -> str:
    """Return the URL of a database with a table for each claim."""
    if engine == MONGO:
        database = server.new_database()
        for at, claim in enumerate(claims):
            found = [({"_id": row[0]}, row[1 + side]) for row in rows_of(claim)]
            documents = [key if value is MISSING else {**key, "v": value} for key, value in found]
            server.client[database][f"t{at}"].insert_many(documents)
        return str(server.url(database))
    name = server.new_database()
    statements = ["CREATE TYPE mood AS ENUM ('open', 'paid')"]
    for at, claim in enumerate(claims):
        kind = column((claim.old, claim.new)[side], claim.old)
        statements.append(f"CREATE TABLE t{at} (_id integer PRIMARY KEY, v {kind})")
        statements += [f"INSERT INTO t{at} VALUES ({row[0]}, {row[1 + side]})" for row in rows_of(claim)]
    server.execute(name, ";".join(statements))
    return str(server.url(name))


def verified(old: str, new: str, tables: list[TablePair]) -> dict[tuple[str, str], DataCheck]:
    settings = Verify(old=old, new=new, tables=tuple(tables), settle_s=0)
    return {(check.pair, check.check): check for check in run_verification(settings)}


@pytest.mark.parametrize("engines", SECTIONS, ids="-".join)
def test_every_claim_holds_on_the_servers(
    engines: tuple[str, str], postgres: PostgresServer, mongo: MongoServer
) -> None:
    claims = SECTIONS[engines]
    servers = {PG: postgres, MONGO: mongo}
    urls = [filled(engine, side, claims, servers[engine]) for side, engine in enumerate(engines)]
    pairs = [TablePair(old=f"t{at}", **claim.options) for at, claim in enumerate(claims)]
    checks = verified(urls[0], urls[1], pairs)
    wrong = {}
    for at, claim in enumerate(claims):
        check = checks[f"t{at}", "rows"]
        found = sorted(int(finding.key.removeprefix("_id=")) for finding in check.findings)
        wanted = [row[0] for row in rows_of(claim) if row[0] > 100]
        if found != wanted or check.status is CheckStatus.error:
            wrong[claim.old, claim.new] = (found, wanted, check.reason)
    assert wrong == {}
    assert checks["all", "self_proof"].status is CheckStatus.passed, checks["all", "self_proof"].reason


def test_the_other_way_round(postgres: PostgresServer, mongo: MongoServer) -> None:
    """From MongoDB to PostgreSQL the same is equal, where nothing is declared for one side."""
    claims = [claim for claim in SECTIONS[PG, MONGO] if not {"transform", "new_transform"} & claim.options.keys()]
    old, new = filled(MONGO, 1, claims, mongo), filled(PG, 0, claims, postgres)
    checks = verified(old, new, [TablePair(old=f"t{at}", **claim.options) for at, claim in enumerate(claims)])
    for at, claim in enumerate(claims):
        found = sorted(int(one.key.removeprefix("_id=")) for one in checks[f"t{at}", "rows"].findings)
        assert found == [row[0] for row in rows_of(claim) if row[0] > 100], claim


def test_intervals_of_duckdb_are_read_as_those_of_postgres(postgres: PostgresServer, tmp_path: Path) -> None:
    name, path = postgres.new_database(), tmp_path / "t.duckdb"
    values = ["1 month 2 days 3.5 seconds", "-1 second", "14 months", "0 seconds"]
    with duckdb.connect(str(path)) as duck:
        for new, execute in ((False, lambda sql: postgres.execute(name, sql)), (True, duck.execute)):
            execute("CREATE TABLE t (_id integer PRIMARY KEY, v interval)")
            for at, value in enumerate([*values, "1 day" if new else "24 hours"]):
                execute(f"INSERT INTO t VALUES ({at}, INTERVAL '{value}')")
    check = verified(postgres.url(name), f"duckdb:///{path}", [TablePair(old="t")])["t", "rows"]
    assert [finding.key for finding in check.findings] == ["_id=4"]


def test_the_page_shows_this_table() -> None:
    block = re.search(r"<!-- type pairs: begin -->\n(.*?)\n<!-- type pairs: end -->", PAGE, re.DOTALL)
    assert block is not None
    assert block[1].strip() == table(), "paste what tests.verify.type_pairs.table() returns between the marks"
