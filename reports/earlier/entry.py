"""What is kept of a result document so that later ones can be held against it; small, whatever the traffic."""

from __future__ import annotations

import msgspec

from reports.document import Finding, Result
from shadow.records import CheckStatus

MOST_DIVERGENCES = 500


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """One divergence by what identifies it (`key`: source, scope, kind, path), and how often it was seen."""

    key: str
    title: str
    n: int = 0
    share: float | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `at` is when it was judged, `page` its file's name; ratios are 0-1, None where nothing was compared.

    `divergences` are the worst ones of `divergences_total`.
    """

    at: float
    page: str = ""
    status: CheckStatus = CheckStatus.error
    headline: str = ""
    primary_build: str = ""
    candidate_build: str = ""
    since: float = 0.0
    accepted: int = 0
    compared: int = 0
    parity: float | None = None
    divergences: tuple[Divergence, ...] = ()
    divergences_total: int = 0


def entry_of(result: Result, page: str = "") -> Entry:
    """Return the entry of a document."""
    compared = sum(line.compared for line in result.endpoints)
    agreeing = sum(line.agreeing for line in result.endpoints)
    return Entry(
        at=result.identity.at,
        page=page,
        status=result.status,
        headline=result.headline,
        primary_build=result.identity.primary_build,
        candidate_build=result.identity.candidate_build,
        since=result.identity.since,
        accepted=result.accounting.accepted,
        compared=compared,
        parity=agreeing / compared if compared else None,
        divergences=tuple(_divergence(item) for item in result.findings[:MOST_DIVERGENCES]),
        divergences_total=max(result.findings_total, len(result.findings)),
    )


def _divergence(item: Finding) -> Divergence:
    key = "\n".join((item.source, item.scope, item.kind, item.path))
    return Divergence(key=key, title=item.title, n=item.n, share=item.share)
