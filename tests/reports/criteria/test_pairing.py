from __future__ import annotations

import pytest

from reports.criteria.pairing import judge_pairing, pairing_of
from reports.document import Better, Pairing
from shadow.config.model import Completeness
from shadow.ledger.evidence import Evidence, PairingRow
from shadow.records import CheckStatus

DAY = 86400.0


def evidence(*days: tuple[float, int, int]) -> Evidence:
    """Days as (day, both, only the primary); each in two rows."""
    rows = tuple(
        PairingRow(block_at=(20_000 + day) * DAY + hour * 3600, endpoint=f"GET /{hour}", both=n, only_old=old,
                   only_new=0, neither=0)
        for day, both, only_old in days
        for hour, n, old in ((0, both, 0), (1, 0, only_old))
    )  # fmt: skip
    return Evidence(ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=None, pairings=rows)


ASKED = Completeness(max_lost_ratio=0.01)


@pytest.mark.parametrize(
    "days",
    [
        (),
        ((0, 1000, 500),),
        ((0, 10_000, 5), (1, 10_000, 5)),
        ((0, 10_000, 5), (1, 10_000, 150)),
        ((0, 10_000, 5), (1, 20, 2)),
        ((0, 10_000, 2_000), (1, 10_000, 2_100)),
        ((0, 5, 5), (1, 10_000, 500)),
        ((0, 10_000, 2_000), (1, 10_000, 0)),
    ],
)
def test_no_row_where_it_did_not_fall_beyond_chance_and_allowance(days: tuple[tuple[float, int, int], ...]) -> None:
    assert judge_pairing(ASKED, evidence(*days)) == ()


def test_a_share_that_fell_is_an_open_question() -> None:
    (row,) = judge_pairing(ASKED, evidence((0, 9_000, 5), (1, 9_000, 4), (2, 5_000, 600)))
    assert (row.name, row.scope, row.status, row.better) == (
        "completeness", "pairing", CheckStatus.inconclusive, Better.higher,
    )  # fmt: skip
    assert row.observed == pytest.approx(5_000 / 5_600)
    assert row.required is not None and row.bound is not None and row.observed is not None
    assert row.observed < row.bound < row.required
    assert "On 2024-10-06 both backends answered" in row.reason
    assert judge_pairing(Completeness(max_lost_ratio=0.2), evidence((0, 9_000, 5), (2, 5_000, 600))) == ()


def test_the_four_counts() -> None:
    found = pairing_of(evidence((0, 10, 3), (1, 5, 1)))
    assert found == Pairing(both=15, only_old=4)
    assert found.total == 19
