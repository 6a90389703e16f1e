from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import page_samples
import pytest

from reports.document import Result
from reports.nightly.folder import INDEX, NAME, add_report, latest_changes, read_history
from reports.nightly.index import index_of
from shadow.errors import EnvironmentFailure

DAY = 86_400.0


def night(number: int, base: Result | None = None) -> Result:
    result = base or page_samples.no_go()
    return msgspec.structs.replace(
        result, identity=msgspec.structs.replace(result.identity, at=1_764_000_000.0 + number * DAY)
    )


def test_three_nights(tmp_path: Path) -> None:
    folder = tmp_path / "nightly"
    assert latest_changes(folder, night(0)) is None
    first = add_report(folder, night(0))
    second = add_report(folder, night(1))
    third = add_report(folder, night(2, page_samples.go()))
    assert 'id="since"' not in first.read_text()
    assert 'id="since"' in second.read_text()
    assert "0 new, 13 gone" in third.read_text()
    index = (folder / INDEX).read_text()
    assert re.findall(r'<a href="([^"]+)">', index) == [third.name, second.name, first.name]
    assert all((folder / name).exists() for name in (third.name, second.with_suffix(".json").name))
    rows = index_of(read_history(folder)).rows
    assert [row.change for row in rows] == ["0 new, 13 gone, another build", "0 new, 0 gone", "the first report"]
    assert json.loads(third.with_suffix(".json").read_text())["status"] == "pass"


def test_the_same_instant_again_replaces_itself(tmp_path: Path) -> None:
    add_report(tmp_path, night(0))
    add_report(tmp_path, night(1))
    add_report(tmp_path, night(1, page_samples.go()))
    assert [entry.status.value for entry in read_history(tmp_path)] == ["fail", "pass"]


def test_a_late_report_is_held_against_the_one_before_it_in_time(tmp_path: Path) -> None:
    add_report(tmp_path, night(0))
    add_report(tmp_path, night(5, page_samples.go()))
    changes = latest_changes(tmp_path, night(3))
    assert changes is not None
    assert changes.before.at == night(0).identity.at


def test_a_broken_history_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("[{]")
    with pytest.raises(EnvironmentFailure, match=r"history\.json cannot be read"):
        add_report(tmp_path, night(0))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_text_from_outside_is_inert_on_the_index(tmp_path: Path) -> None:
    payload = "<script>alert(1)</script>"
    result = night(0)
    hostile = msgspec.structs.replace(
        result, headline=payload, identity=msgspec.structs.replace(result.identity, candidate_build=payload)
    )
    add_report(tmp_path, hostile)
    index = (tmp_path / INDEX).read_text()
    assert payload not in index
    assert index.count("<script>") == 1
