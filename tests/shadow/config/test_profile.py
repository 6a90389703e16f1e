from __future__ import annotations

from typing import Any

import pytest

from shadow.config.criteria import Gate
from shadow.config.profile import PROFILES, with_profile
from shadow.validation import parse_config

FRAME = "primary: {url: 'http://127.0.0.1:1'}\ncandidate: {url: 'http://127.0.0.1:2'}\n"


def gate(text: str) -> Gate:
    return parse_config(FRAME + text, "x", {}).gate


def test_a_profile_fills_what_is_left_open() -> None:
    found = gate("gate: {profile: cutover}\n")
    assert found.looks == "nightly"
    assert found.success is not None and (found.success.days, found.success.day_ratio) == (7, 0.995)
    assert found.objective is not None and (found.objective.quantile, found.objective.max_s) == (0.95, 0.2)
    assert found.trips is not None and found.trips.armed_h == 48
    assert found.load is not None and found.load.dry_run
    assert found.approval is not None and found.approval.required == 1
    assert found.sensitivity is not None and found.latency is not None and found.data is not None


def test_what_the_file_says_wins_key_by_key() -> None:
    found = gate("gate: {profile: cutover, looks: once, success: {days: 3}, parity: null, latency: {min_pairs: 7}}\n")
    assert (found.looks, found.parity) == ("once", None)
    assert found.success is not None and (found.success.days, found.success.min_ratio) == (3, 0.999)
    assert found.latency is not None and (found.latency.min_pairs, found.latency.quantiles) == (7, (0.5, 0.95, 0.99))


def test_without_a_profile_nothing_is_filled() -> None:
    assert gate("") == Gate()


@pytest.mark.parametrize("value", [None, [], {"gate": None}, {"gate": {"profile": 5}}, {"gate": {"profile": "x"}}])
def test_what_names_no_profile_comes_back_as_it_is(value: Any) -> None:
    assert with_profile(value) is value


def test_a_section_that_is_no_mapping_is_left_for_the_types_to_refuse() -> None:
    assert with_profile({"gate": {"profile": "cutover", "success": 5}})["gate"]["success"] == 5


def test_every_key_of_a_profile_is_one_of_the_gate() -> None:
    for profile in PROFILES.values():
        assert set(profile) <= set(Gate.__struct_fields__)
