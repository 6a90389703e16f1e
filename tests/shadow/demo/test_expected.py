"""What a demo run may end with: both directions, and the thin run."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from shadow.demo.example import find_example
from shadow.demo.expected import Plant, Seen, Sum, Verdict, account_for, load_plants
from shadow.demo.run import exit_code

TOTAL = Plant(id="total", source="http", scope="GET /a", path="body:$.total", kind="precision", sentence="Drifts.")
SLOW = Plant(id="slow", source="latency", scope="GET /b", path="duration", kind="timing", sentence="Waits.")
PLANTS = (TOTAL, SLOW)


def seen(plant: Plant, **changes: str) -> Seen:
    fields = {name: getattr(plant, name) for name in ("source", "scope", "path", "kind")}
    return Seen(**{**fields, "title": f"found {plant.id}", **changes})


def verdict(
    *findings: Seen, status: str = "fail", accepted: int = 5000, holds: bool = True, total: int = -1
) -> Verdict:
    return Verdict(
        status=status,
        headline="",
        accounting=Sum(accepted=accepted, outcomes=accepted, holds=holds),
        findings=findings,
        findings_total=len(findings) if total < 0 else total,
    )


@pytest.mark.parametrize(
    ("found", "planted", "requests", "problems"),
    [
        pytest.param(verdict(seen(TOTAL), seen(SLOW)), PLANTS, 5000, [], id="all found"),
        pytest.param(
            verdict(seen(TOTAL)), PLANTS, 5000, ["planted, yet not found: slow: Waits."], id="one missed"
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), seen(TOTAL, kind="value", title="a stranger")), PLANTS, 5000,
            ["not planted, yet found: a stranger"], id="one too many",
        ),
        pytest.param(
            verdict(seen(TOTAL, path="body:$.sum"), seen(SLOW)), PLANTS, 5000,
            ["not planted, yet found: found total", "planted, yet not found: total: Drifts."], id="misnamed",
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), status="pass"), PLANTS, 5000,
            ["the verdict is pass, where fail is expected"], id="passed in spite of it",
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), status="error"), PLANTS, 5000,
            ["the verdict is error, where fail is expected"], id="could not be judged",
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), holds=False), PLANTS, 5000,
            ["5000 requests were sent, 5000 accepted, 5000 accounted for"], id="sum does not hold",
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), accepted=4999), PLANTS, 5000,
            ["5000 requests were sent, 4999 accepted, 4999 accounted for"], id="one lost",
        ),
        pytest.param(
            verdict(seen(TOTAL), seen(SLOW), total=3), PLANTS, 5000,
            ["3 findings, of which 2 are in the document"], id="document cut",
        ),
        pytest.param(verdict(seen(TOTAL), accepted=300), PLANTS, 300, [], id="thin, one not seen"),
        pytest.param(verdict(accepted=300, status="inconclusive"), PLANTS, 300, [], id="thin, nothing seen"),
        pytest.param(
            verdict(accepted=300, status="pass"), PLANTS, 300,
            ["the verdict is pass, where fail or inconclusive is expected"], id="thin, passed",
        ),
        pytest.param(
            verdict(seen(SLOW, scope="GET /c"), accepted=300), PLANTS, 300,
            ["not planted, yet found: found slow"], id="thin, a stranger",
        ),
        pytest.param(verdict(status="pass"), (), 5000, [], id="fixed, go"),
        pytest.param(verdict(status="inconclusive"), (), 5000, [], id="fixed, not yet"),
        pytest.param(
            verdict(seen(TOTAL)), (), 5000,
            ["not planted, yet found: found total", "the verdict is fail, where pass or inconclusive is expected"],
            id="fixed, a finding",
        ),
        pytest.param(verdict(status="inconclusive", accepted=300), (), 300, [], id="fixed, thin"),
        pytest.param(
            verdict(status="pass", accepted=300), (), 300,
            ["the verdict is pass, where inconclusive is expected"], id="fixed, go on too little",
        ),
        pytest.param(verdict(status="pass", accepted=4999), (), 4999, [
            "the verdict is pass, where inconclusive is expected"], id="one under"),
    ],
)  # fmt: skip
def test_account(found: Verdict, planted: tuple[Plant, ...], requests: int, problems: list[str]) -> None:
    account = account_for(found, planted, requests)
    assert list(account.problems) == problems
    assert account.is_expected is (not problems)
    assert exit_code(account) == (10 if problems else 0)


def test_what_was_found_missed_and_unexpected_is_told_apart() -> None:
    account = account_for(verdict(seen(SLOW), seen(TOTAL, scope="GET /z")), PLANTS, 5000)
    assert account.found == (SLOW,)
    assert account.missed == (TOTAL,)
    assert [one.scope for one in account.unexpected] == ["GET /z"]


def test_plants_are_read_from_the_example() -> None:
    plants = load_plants(find_example().plants)
    assert len(plants) == 16
    assert plants[0].id == "float-total"
    assert {plant.source for plant in plants} == {"http", "latency", "data"}


def test_a_plant_without_a_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plants.json").write_text('[{"id": "x", "source": "http", "scope": "", "path": "", "sentence": ""}]')
    with pytest.raises(msgspec.ValidationError, match="kind"):
        load_plants(tmp_path / "plants.json")
