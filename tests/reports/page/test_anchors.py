from __future__ import annotations

import pytest

from reports.page.anchors import link, unique


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (["endpoint-1", "endpoint-2"], ("endpoint-1", "endpoint-2")),
        (["", ""], ("endpoint-1", "endpoint-2")),
        (["endpoint-2", ""], ("endpoint-2", "endpoint-4")),
        (["a b", 'x"onload="', "1st", "main"], ("endpoint-1", "endpoint-2", "endpoint-3", "endpoint-4")),
        (["same", "same"], ("same", "endpoint-2")),
    ],
)
def test_ids_are_plain_and_unique(wanted: list[str], ids: tuple[str, ...]) -> None:
    assert unique(wanted, "endpoint", frozenset({"main"})) == ids


@pytest.mark.parametrize(
    ("fragment", "target"),
    [("#data", "#data"), ("data", "#data"), ("#gone", ""), ("javascript:alert(1)", ""), ("", ""), ("##data", "")],
)
def test_links_lead_only_to_what_exists(fragment: str, target: str) -> None:
    assert link(fragment, frozenset({"data"})) == target
