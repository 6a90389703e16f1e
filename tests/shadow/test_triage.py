"""The record of a second look."""

from __future__ import annotations

from shadow.records import Triage
from shadow.triage import EXCUSED


def test_only_what_was_decided_in_the_candidates_favour_is_excused() -> None:
    assert frozenset({Triage.transient, Triage.unstable}) == EXCUSED
