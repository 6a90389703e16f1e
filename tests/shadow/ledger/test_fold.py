"""Observations to counts, without a database."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, nan

import pytest

from shadow.ledger import caps
from shadow.ledger.caps import Cap
from shadow.ledger.epochs import EpochBook
from shadow.ledger.fold import fold
from shadow.ledger.histogram import bucket_of
from shadow.ledger.increments import Cell, Increments
from shadow.ledger.known import Known
from shadow.ledger.signature import signature_id
from shadow.records import Difference, Kind, Leg, LegResult, Observation, Outcome, Triage

Make = Callable[..., Observation]
MakeLeg = Callable[..., LegResult]
Differ = Callable[..., Difference]

BUILDS = ("p1", "c1")


@pytest.fixture
def known() -> Known:
    return Known(
        epochs=EpochBook(), endpoints=Cap(3), reasons=Cap(3), signatures=Cap(4, 2), sets=Cap(4, 2),
        notes={}, seen={}, lanes={}, epoch_ids={}, endpoint_ids={},
    )  # fmt: skip


def _fold(known: Known, *observations: Observation, examples: int = 5) -> Increments:
    increments = Increments()
    fold(observations, known, increments, block_s=300.0, examples=examples)
    return increments


def _cell(known: Known, *observations: Observation) -> Cell:
    (cell,) = _fold(known, *observations).cells.values()
    return cell


def test_blocks_begin_anew_at_the_day_change(known: Known, observe: Make) -> None:
    midnight = 1_700_006_400.0
    assert midnight % 86400 == 0
    cells = _fold(known, observe(1, midnight - 0.001), observe(2, midnight), observe(3, midnight + 299.999)).cells
    assert {key[1]: sum(cell.outcomes.values()) for key, cell in cells.items()} == {midnight - 300: 1, midnight: 2}


def test_outcomes(known: Known, observe: Make) -> None:
    cell = _cell(
        known,
        observe(1, outcome="shed", reason="r1"),
        observe(2, outcome="shed", reason="r2"),
        observe(3, outcome="mismatch", triage=Triage.confirmed),
        observe(4, outcome="mismatch"),
        observe(5, outcome="mismatch"),
    )
    assert cell.outcomes == {
        (Outcome.shed, "r1", Triage.pending): 1,
        (Outcome.shed, "r2", Triage.pending): 1,
        (Outcome.mismatch, "", Triage.confirmed): 1,
        (Outcome.mismatch, "", Triage.pending): 2,
    }


@pytest.mark.parametrize(
    ("old", "new", "error", "pairing"),
    [
        (("answered", 200), ("answered", 404), [1, 0, 0, 0], [1, 0, 0, 0]),
        (("answered", 499), ("answered", 500), [0, 0, 1, 0], [1, 0, 0, 0]),
        (("answered", 500), ("answered", 200), [0, 1, 0, 0], [1, 0, 0, 0]),
        (("answered", 503), ("failed", 0), [0, 0, 0, 1], [0, 1, 0, 0]),
        (("answered", 200), ("failed", 0), [0, 0, 1, 0], [0, 1, 0, 0]),
        (("failed", 0), ("answered", 200), [0, 1, 0, 0], [0, 0, 1, 0]),
        (("failed", 0), ("failed", 0), [0, 0, 0, 1], [0, 0, 0, 1]),
        (("answered", 200), ("not_called", 0), [0, 0, 0, 0], [0, 0, 0, 0]),
        (("not_called", 0), ("answered", 200), [0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_error_joint_and_pairing(
    known: Known,
    observe: Make,
    leg: MakeLeg,
    old: tuple[str, int],
    new: tuple[str, int],
    error: list[int],
    pairing: list[int],
) -> None:
    cell = _cell(known, observe(legs=(leg("primary", *old), leg("candidate", *new))))
    assert (cell.error, cell.pairing) == (error, pairing)


def test_a_leg_that_is_absent_was_not_meant(known: Known, observe: Make, leg: MakeLeg) -> None:
    cell = _cell(known, observe(legs=(leg("primary"),)))
    assert (cell.error, cell.pairing, cell.ratios) == ([0, 0, 0, 0], [0, 0, 0, 0], {})


@pytest.mark.parametrize(
    ("outcome", "differs", "joint"),
    [
        ("match", False, [1, 0, 0, 0]),
        ("noise_only", True, [0, 1, 0, 0]),
        ("expected", False, [1, 0, 0, 0]),
        ("mismatch", False, [0, 0, 1, 0]),
        ("candidate_failed", True, [0, 0, 0, 1]),
        ("mismatch", None, [0, 0, 0, 0]),
        ("not_comparable", False, [0, 0, 0, 0]),
        ("shed", True, [0, 0, 0, 0]),
        ("primary_failed", True, [0, 0, 0, 0]),
        ("skipped", False, [0, 0, 0, 0]),
    ],
)
def test_mismatch_joint(known: Known, observe: Make, outcome: str, differs: bool | None, joint: list[int]) -> None:
    assert _cell(known, observe(outcome=outcome, secondary_differs=differs)).mismatch == joint


def test_histograms_and_ratios(known: Known, observe: Make, leg: MakeLeg) -> None:
    legs = (leg("primary", s=0.01), leg("candidate", s=0.04), leg("secondary", s=0.02))
    slower = (leg("primary", s=0.01), leg("candidate", s=0.01), leg("secondary", "failed", s=9.0))
    cell = _cell(known, observe(1, legs=legs), observe(2, legs=slower))
    assert cell.buckets == {
        (Leg.primary, bucket_of(0.01)): 2,
        (Leg.candidate, bucket_of(0.04)): 1,
        (Leg.candidate, bucket_of(0.01)): 1,
        (Leg.secondary, bucket_of(0.02)): 1,
    }
    assert cell.ratios[Leg.secondary] == pytest.approx((1, log(2), log(2) ** 2))
    assert cell.ratios[Leg.primary] == pytest.approx((2, log(4), log(4) ** 2))


@pytest.mark.parametrize("s", [0.0, -1.0, inf, nan])
def test_a_duration_without_a_logarithm_makes_no_ratio(known: Known, observe: Make, leg: MakeLeg, s: float) -> None:
    cell = _cell(known, observe(legs=(leg("primary"), leg("candidate", s=s))))
    assert cell.ratios == {}
    assert sum(cell.outcomes.values()) == 1


def test_a_signature_counts_once_per_exchange_and_open_wins(known: Known, observe: Make, differ: Differ) -> None:
    differences = (
        differ(disposition="noise", by="ts"),
        differ(),
        differ(disposition="ignored", by="r"),
        differ("status"),
    )
    increments = _fold(
        known,
        observe(1, 1000.0, outcome="mismatch", differences=differences),
        observe(2, 1001.0, outcome="noise_only", differences=(differ(disposition="noise", by="ts"),)),
    )
    body, status = signature_id("GET /x", "body:$.a", "value"), signature_id("GET /x", "status", "value")
    counts = {key[2]: (c.n, c.n_open, c.first_at, c.last_at) for key, c in increments.signatures.items()}
    assert counts == {body: (2, 1, 1000.0, 1001.0), status: (1, 1, 1000.0, 1000.0)}
    (cell,) = increments.cells.values()
    sets = {outcome: increments.new_sets[key][1] for outcome, key in cell.sets}
    assert sets == {
        # Each that covered something of a signature is a member, so that it shows when one of them is taken away.
        Outcome.mismatch: tuple(
            sorted([(body, "open", ""), (body, "ignored", "r"), (body, "noise", "ts"), (status, "open", "")])
        ),
        Outcome.noise_only: ((body, "noise", "ts"),),
    }


def test_the_first_note_stays(known: Known, observe: Make, differ: Differ) -> None:
    notes = ["", "cut at 40", "other"]
    increments = _fold(known, *(observe(n, differences=(differ(note=note),)) for n, note in enumerate(notes, 1)))
    assert list(increments.notes.values()) == ["cut at 40"]
    assert _fold(known, observe(9, differences=(differ(note="third"),))).notes == {}


def test_endpoints_beyond_the_cap_become_other(known: Known, observe: Make) -> None:
    cells = _fold(
        known, *(observe(n, endpoint=f"POST /{n}") for n in range(1, 6)), observe(6, endpoint="POST /1")
    ).cells
    assert {key[2]: sum(cell.outcomes.values()) for key, cell in cells.items()} == {
        "POST /1": 2, "POST /2": 1, "POST /3": 1, "POST _other": 2
    }  # fmt: skip


def test_reasons_beyond_the_cap_become_other(known: Known, observe: Make) -> None:
    cell = _cell(known, *(observe(n, outcome="shed", reason=f"r{n}") for n in range(1, 6)))
    assert {reason: n for (_, reason, _), n in cell.outcomes.items()} == {"r1": 1, "r2": 1, "r3": 1, "_other": 2}


def test_signatures_and_sets_beyond_the_cap_keep_their_worst_disposition(
    known: Known, observe: Make, differ: Differ
) -> None:
    groups = ["g1", "g2", "g3", "g4"]
    increments = _fold(known, *(observe(n, differences=(differ(group),)) for n, group in enumerate(groups, 1)))
    overflow = signature_id("GET /x", caps.OVERFLOW, Kind.value)
    assert increments.new_signatures[overflow] == ("GET /x", "_overflow", Kind.value)
    assert len(increments.new_signatures) == 3
    assert {key[2]: count.n for key, count in increments.signatures.items()}[overflow] == 2
    (cell,) = increments.cells.values()
    assert sorted(n for n in cell.sets.values()) == [1, 1, 2]
    members = {increments.new_sets[key][1]: n for (_, key), n in cell.sets.items()}
    assert members[((overflow, "open", ""),)] == 2


def test_a_covered_set_beyond_the_cap_stays_covered(known: Known, observe: Make, differ: Differ) -> None:
    def seen(n: int, *dispositions: str) -> Observation:
        return observe(n, differences=tuple(differ(f"g{i}", text, str(n)) for i, text in enumerate(dispositions)))

    increments = _fold(known, *(seen(n, "noise", "ignored") for n in range(1, 6)), seen(6, "noise", "open"))
    overflow = signature_id("GET /x", caps.OVERFLOW, Kind.value)
    (cell,) = increments.cells.values()
    members = {increments.new_sets[key][1]: n for (_, key), n in cell.sets.items()}
    assert members[((overflow, "ignored", ""),)] == 3
    assert members[((overflow, "open", ""),)] == 1
    assert overflow in increments.new_signatures


def test_examples_go_to_every_signature_of_the_exchange(known: Known, observe: Make, differ: Differ) -> None:
    differences = (differ("g1"), differ("g2"))
    first, bare, last = (
        observe(1, differences=differences, shown=True),
        observe(2, differences=differences),
        observe(3, differences=differences[:1], shown=True),
    )
    increments = _fold(known, first, bare, last, examples=2)
    one, two = (signature_id("GET /x", group, "value") for group in ("g1", "g2"))
    assert increments.slots == {
        (BUILDS, one, 0): first.example, (BUILDS, two, 0): first.example, (BUILDS, one, 1): last.example
    }  # fmt: skip
    assert increments.seen == known.seen == {(BUILDS, one): 2, (BUILDS, two): 1}


def test_endings_without_an_observation(known: Known, observe: Make) -> None:
    increments = _fold(known, observe(1, 1000.0))
    increments.end({"shed(tee_full)": 3, "shed(a)": 1}, known, 1200.0, 1300.0)
    increments.end({}, known, 9000.0, 9001.0)
    cell = increments.cells[(BUILDS, 1200.0, "_unattributed")]
    assert cell.outcomes == {(Outcome.shed, "tee_full", Triage.pending): 3, (Outcome.shed, "a", Triage.pending): 1}
    span = increments.epochs[BUILDS]
    assert (span.first_at, span.last_at, span.named_at) == (1000.0, 1300.0, 1000.0)
