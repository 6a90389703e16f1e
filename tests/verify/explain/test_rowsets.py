from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shadow.records import DataFinding
from verify.explain.gaps import Gap
from verify.explain.rowsets import RowSet, Since

AT = datetime(2026, 1, 1, tzinfo=UTC)


def rowset(rows: list[tuple[Any, ...]]) -> RowSet:
    found = RowSet({"at": 1}, (0, "id"))
    for row in rows:
        found.add(row, DataFinding(kind="missing_row", table="t", key=f"id={row[0]}"))
    return found


LATE = [(n, AT + timedelta(hours=n)) for n in range(5, 40)]


def test_rows_beyond_the_latest_of_the_other_side() -> None:
    assert rowset(LATE).since({"at": AT + timedelta(hours=4)}) == Since("at", LATE[0][1], AT + timedelta(hours=4))
    assert rowset(LATE).since({"at": (AT + timedelta(hours=4)).replace(tzinfo=None)}) is not None
    assert rowset(LATE).since({"at": LATE[0][1]}) is None
    assert rowset(LATE).since({}) is None


def test_a_row_that_is_earlier_or_has_no_instant_spoils_it() -> None:
    latest = {"at": AT + timedelta(hours=4)}
    assert rowset([*LATE, (50, AT)]).since(latest) is None
    assert rowset([*LATE, (50, None)]).since(latest) is None
    assert rowset([*LATE, (50, date(2030, 1, 1))]).since(latest) is None
    assert rowset([(50, date(2030, 1, 1)), *LATE]).since(latest) is None


def test_the_end_of_the_key_where_no_instant_tells() -> None:
    assert rowset(LATE).since({"id": 4, "at": None}) == Since("id", 5, 4)
    assert rowset(LATE).since({"id": 5}) is None
    assert rowset([*LATE, ("x", AT)]).since({"id": 4}) is None


@pytest.mark.parametrize("latest", [True, "9", 4.0])
def test_keys_of_another_type_are_not_compared(latest: object) -> None:
    assert rowset(LATE).since({"id": latest}) is None


def test_days() -> None:
    rows = [(n, date(2026, 2, n)) for n in range(1, 20)]
    assert rowset(rows).since({"at": date(2026, 1, 31)}) == Since("at", date(2026, 2, 1), date(2026, 1, 31))
    assert rowset(rows).since({"at": AT}) is None


def test_gaps_of_the_key() -> None:
    assert rowset(LATE).gaps() == ((Gap(5, 39),), True)
    assert rowset([*LATE, ("x", AT)]).gaps() == ((), True)
