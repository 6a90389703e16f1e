from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, Primary, ShadowLeg, TablePair, Verify
from shadow.errors import ConfigError, StoreError
from shadow.records import CheckStatus, DataCheck
from tests.manual_clock import ManualClock
from verify.classes import TypeClass
from verify.planning.plan import Plan
from verify.progress import Step
from verify.proof import selfproof
from verify.running.job import run_verification, verify_stores, worst_of
from verify.store import BucketDigest, Buckets, ColumnSchema, Row, Scanned, Selection, TableSchema
from verify.stores.memory import MemorySnapshot, MemoryStore

SCHEMA = TableSchema(
    name="t",
    columns=(ColumnSchema(name="id", kind=TypeClass.integer), ColumnSchema(name="v", kind=TypeClass.text)),
    primary_key=("id",),
)
ROWS: list[Row] = [(n, f"mail{n}@example.org") for n in range(10)]


def store(rows: list[Row] | None = None, schema: TableSchema = SCHEMA) -> MemoryStore:
    return MemoryStore({schema.name: (schema, ROWS if rows is None else rows)})


def run(old: MemoryStore, new: MemoryStore, **more: Any) -> dict[str, DataCheck]:
    settings = more.pop("settings", Verify(old="", new=""))
    checks = asyncio.run(verify_stores(settings, old, new, **more))
    return {f"{check.pair}/{check.check}": check for check in checks}


def test_every_check_of_every_pair_is_recorded_in_order_of_cost() -> None:
    checks = run(store(), store(), clock=ManualClock(100.0), run_id="r1")
    assert list(checks) == ["all/tables", "all/self_proof", "t/schema", "t/counts", "t/rows"]
    for check in checks.values():
        assert (check.run_id, check.started_at, check.finished_at) == ("r1", 100.0, 100.0)
        assert check.status is CheckStatus.passed
        assert check.cannot_see


def test_runs_have_names_of_their_own() -> None:
    names = {check.run_id for _ in range(2) for check in run(store(), store()).values()}
    assert len(names) == 2


def test_an_empty_plan_is_an_error() -> None:
    checks = run(MemoryStore({}), MemoryStore({}))
    assert list(checks) == ["all/tables"]
    assert checks["all/tables"].status is CheckStatus.error
    assert checks["all/tables"].reason == "there is no table to verify"


def test_a_table_of_one_side_fails() -> None:
    checks = run(store(), MemoryStore({}))
    assert list(checks) == ["all/tables"]
    assert checks["all/tables"].status is CheckStatus.fail


def test_tables_without_a_common_column_are_inconclusive() -> None:
    other = TableSchema(name="t", columns=(ColumnSchema(name="x"),))
    checks = run(store(schema=TableSchema(name="t", columns=SCHEMA.columns)), store([(1,)], other))
    assert checks["t/rows"].status is CheckStatus.inconclusive
    assert checks["t/schema"].status is CheckStatus.fail


class DyingSnapshot(MemorySnapshot):
    """Answers until it is asked for a digest."""

    error: Exception = StoreError("memory: has died.", "Revive it.")

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        raise self.error


def dying(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(DyingSnapshot, "error", error)
    monkeypatch.setattr("verify.stores.memory.MemorySnapshot", DyingSnapshot)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreError("memory: has died.", "Revive it."), "memory: has died. Revive it."),
        (RuntimeError("secret@example.org"), "the check crashed: RuntimeError"),
        (AssertionError(), "the check crashed: AssertionError"),
        (MemoryError(), "the check crashed: MemoryError"),
    ],
)
def test_a_check_that_crashes_is_an_error_never_a_pass(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    dying(monkeypatch, error)
    checks = run(store(), store())
    assert (checks["t/rows"].status, checks["t/rows"].reason) == (CheckStatus.error, reason)
    assert checks["t/counts"].status is CheckStatus.passed
    assert worst_of(tuple(checks.values())) is CheckStatus.error


class RestlessSnapshot(MemorySnapshot):
    """Shows another state to each digest than to the reading of rows, as a file does that is rewritten meanwhile."""

    made = 0

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        RestlessSnapshot.made += 1
        return (BucketDigest(rows=RestlessSnapshot.made),) * buckets.total


def test_data_that_changes_while_it_is_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.memory.MemorySnapshot", RestlessSnapshot)
    check = run(store(), store())["t/rows"]
    assert check.status is CheckStatus.error
    assert "the data changed while it was read" in check.reason


def test_a_value_that_has_no_canonical_form_is_an_error_that_names_its_type() -> None:
    checks = run(store([(1, complex(1, 2))]), store([(1, complex(1, 2))]))
    assert checks["t/rows"].status is CheckStatus.error
    assert checks["t/rows"].reason.endswith("(values of type complex have no canonical form)")


def test_cancelling_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    dying(monkeypatch, asyncio.CancelledError())  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        run(store(), store())


def test_a_digest_that_misses_a_change_makes_the_run_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(_salt: bytes) -> selfproof.Digest:
        return lambda _selection, rows: (BucketDigest(rows=len(rows)),)

    monkeypatch.setattr(selfproof, "client_digest", blind)
    checks = run(store(), store())
    assert checks["all/self_proof"].status is CheckStatus.error
    assert "t: id: another value" in checks["all/self_proof"].reason
    assert worst_of(tuple(checks.values())) is CheckStatus.error


def test_values_are_redacted_by_column() -> None:
    def redact(column: str, text: str) -> str:
        return f"<{column}>"

    (finding,) = run(store(), store([(0, "x"), *ROWS[1:]]), redact=redact)["t/rows"].findings
    assert (finding.key, finding.old, finding.new) == ("id=<id>", '"<v>"', '"<v>"')


def test_findings_are_bounded_and_counted() -> None:
    checks = run(store(), store([]), settings=Verify(old="", new="", max_findings=3))
    assert (checks["t/rows"].total, len(checks["t/rows"].findings)) == (10, 3)


def test_progress_is_told() -> None:
    steps: list[Step] = []
    run(store(), store(), progress=steps.append)
    assert [(step.what, step.check) for step in steps if step.what != "rows"] == [
        (what, check)
        for check in (
            "tables", "self_proof", "migrations", "objects", "sequences",
            "schema", "counts", "rows", "assumptions", "relations", "freshness",
        )
        for what in ("began", "ended")
    ]
    assert [(step.rows, step.expected) for step in steps if step.what == "rows"] == [(10, 20), (20, 20)]


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ([], CheckStatus.error),
        (["pass"], CheckStatus.passed),
        (["pass", "waived"], CheckStatus.waived),
        (["pass", "inconclusive", "waived"], CheckStatus.inconclusive),
        (["inconclusive", "fail"], CheckStatus.fail),
        (["fail", "error"], CheckStatus.error),
    ],
)
def test_the_worst_status_counts_and_nothing_is_an_error(statuses: list[str], worst: CheckStatus) -> None:
    checks = tuple(
        DataCheck(run_id="r", pair="t", check=f"c{n}", started_at=0, finished_at=0, status=CheckStatus(status))
        for n, status in enumerate(statuses)
    )
    assert worst_of(checks) is worst


def sqlite_file(path: Path, rows: int, damage: Callable[[bytearray], None] | None = None) -> str:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)")
    db.execute("CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT)")
    for table in "ab":
        db.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(n, "x" * 100) for n in range(rows)])
    db.commit()
    db.close()
    if damage:
        content = bytearray(path.read_bytes())
        damage(content)
        path.write_bytes(content)
    return f"sqlite:///{path}"


def test_a_database_that_is_damaged_in_the_middle_is_an_error_of_that_table(tmp_path: Path) -> None:
    def damage(content: bytearray) -> None:
        content[4096 * 10 : 4096 * 12] = b"\xff" * 4096 * 2

    old = sqlite_file(tmp_path / "old.db", 2000)
    new = sqlite_file(tmp_path / "new.db", 2000, damage)
    checks = {(c.pair, c.check): c for c in run_verification(Verify(old=old, new=new))}
    assert checks["a", "rows"].status is CheckStatus.error
    assert "damaged" in checks["a", "rows"].reason
    assert checks["b", "rows"].status is CheckStatus.passed


def test_the_configuration_is_taken_whole_or_in_part(tmp_path: Path) -> None:
    url = sqlite_file(tmp_path / "a.db", 3)
    section = Verify(old=url, new=url, tables=(TablePair(old="a"),))
    whole = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"), verify=section)
    for config in (section, whole):
        assert [check.status for check in run_verification(config)] == [CheckStatus.passed] * 5


def test_without_a_section_there_is_nothing_to_verify() -> None:
    with pytest.raises(ConfigError, match="no section `verify`"):
        run_verification(Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b")))


def test_mistakes_of_the_user_are_raised_not_recorded(tmp_path: Path) -> None:
    url = sqlite_file(tmp_path / "a.db", 1)
    with pytest.raises(StoreError, match="does not exist"):
        run_verification(Verify(old=url, new="sqlite:///none.db"))
    with pytest.raises(ConfigError, match="has no table 'c'"):
        run_verification(Verify(old=url, new=url, tables=(TablePair(old="c"),)))


def test_plans_are_immutable() -> None:
    with pytest.raises(AttributeError):
        Plan().pairs = ()  # type: ignore[misc]
