from __future__ import annotations

import msgspec
import page_samples

from reports.page.limits import FULL
from reports.page.view import page_of


def test_ids_of_endpoints_and_findings_never_meet() -> None:
    base = page_samples.no_go()
    document = msgspec.structs.replace(
        base,
        endpoints=tuple(msgspec.structs.replace(line, anchor="twin") for line in base.endpoints),
        findings=tuple(msgspec.structs.replace(item, anchor="twin") for item in base.findings),
    )
    page = page_of(document)
    ids = [item.anchor for item in page.endpoints.details] + [item.anchor for item in page.findings.rows]
    assert len(ids) == len(set(ids)) == 26
    assert "twin" in ids


def test_own_ids_of_the_page_cannot_be_taken() -> None:
    base = page_samples.no_go()
    lines = tuple(msgspec.structs.replace(line, anchor="main") for line in base.endpoints)
    page = page_of(msgspec.structs.replace(base, endpoints=lines))
    assert "main" not in {item.anchor for item in page.endpoints.details}


def test_a_criterion_links_to_its_endpoint_only_while_the_page_shows_it() -> None:
    page = page_of(page_samples.no_go())
    assert [row.link for row in page.criteria.rows][1] == "#endpoint-2"
    assert [row.link for row in page.criteria.rows][5] == "#data"
    short = page_of(page_samples.no_go(), msgspec.structs.replace(FULL, endpoint_details=1))
    assert [row.link for row in short.criteria.rows][1] == ""
