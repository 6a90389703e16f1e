"""The page stays below 2 MB and says what it left out, whatever the traffic; and its colours can be read."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import page_samples
import pytest
from page_sample_parts import START, difference, example, identity

import reports
from reports.document import (
    Accounting,
    Covered,
    Criterion,
    EndpointLine,
    Finding,
    LatencyLine,
    OutcomeCount,
    Result,
)
from reports.html import render_html, render_page
from reports.page.limits import FULL, Limits, halved
from reports.page.view import page_of
from shadow.records import CheckStatus, DataCheck, DataFinding, Gap, GapKind, Kind, Outcome

TWO_MB = 2_000_000
CSS = (Path(reports.__file__).parent / "templates" / "page.css").read_text()


def huge(text: str) -> Result:
    """Far more of everything than a page can hold, every text long and made of characters that need escaping."""
    outcomes = tuple(
        OutcomeCount(outcome=str(one), reason=text + str(i), n=10**7) for one in Outcome for i in range(9)
    )
    legs = tuple(
        LatencyLine(
            leg=leg,
            n=10**9,
            p50_s=0.1,
            p95_s=0.2,
            p99_s=0.3,
            error_ratio=0.01,
            buckets=tuple((1e-4 * 1.02**i, 10**6 + i * 7919 % 1000) for i in range(900)),
        )
        for leg in ("primary", "secondary", "candidate")
    )
    one = example(
        "/" + text, '{"k": "' + text * 20 + '"}', text * 20, difference(Kind.value, text, text, text), body=text * 9
    )
    headers = tuple((f"x-{i}", text) for i in range(60))
    one = msgspec.structs.replace(
        one,
        primary=msgspec.structs.replace(one.primary, headers=headers),
        candidate=msgspec.structs.replace(one.primary, headers=headers[::-1]),
        differences=(difference(Kind.value, text, text, text),) * 50,
    )
    finding = Finding(
        source="http",
        scope=text,
        kind=text,
        path=text,
        title=text,
        note=text,
        n=10**9,
        share=0.5,
        first_at=START,
        last_at=START + 9,
        examples=(one,) * 5,
    )
    data = DataFinding(kind=text, table=text, column=text, key=text, old=text, new=text, note=text)
    return Result(
        identity=identity(primary_build=text, candidate_build=text, evidence_digest=text, config_digest=text),
        status=CheckStatus.fail,
        headline=text,
        reasons=(text,) * 500,
        criteria=tuple(
            Criterion(
                name="parity", scope=f"{i}{text}", status=CheckStatus.fail, required=0.5, observed=0.4, reason=text
            )
            for i in range(1500)
        ),
        accounting=Accounting(accepted=10**9, in_flight=0, outcomes=10**9, by_outcome=outcomes),
        endpoints=tuple(
            EndpointLine(endpoint=f"{i}{text}", anchor="", outcomes=outcomes, latency=legs, reason=text)
            for i in range(500)
        ),
        findings=(finding,) * 500,
        findings_total=9000,
        covered=(Covered(endpoint=text, path=text, kind=Kind.value, by=text, n=5),) * 2000,
        checks=tuple(
            DataCheck(
                run_id="r",
                pair=f"{i}{text}",
                check=text,
                started_at=1,
                finished_at=2,
                total=10**6,
                findings=(data,) * 100,
                reason=text,
                cannot_see=text,
            )
            for i in range(500)
        ),
        gaps=(Gap(kind=GapKind.shed, started_at=START, ended_at=START + 1, detail=text),) * 3000,
        not_proved=(text,) * 1000,
    )


@pytest.mark.parametrize("char", ["'", "<", "x", "日", "\u202e", "a b\n"])
def test_below_two_megabytes_whatever_the_traffic(char: str) -> None:
    page = render_html(huge(char * 1000))
    assert len(page.encode()) < TWO_MB
    for left_out in (
        r"and 1,\d{3} more, in the JSON document",
        r"and 4\d\d more divergences, in the JSON document",
        "and 8,500 more divergences, counted but not kept",
        r"and \d{3} more endpoints, in",
        r"Details of 4\d\d more endpoints",
        r"and [34]\d\d more checks",
        r"and 1,9\d\d more covered differences",
        r"and 2,9\d\d more gaps",
        r"and 9\d\d more statements",
        "and 488 more reasons",
        r"and \d more examples?",
    ):
        assert re.search(left_out, page), left_out


def test_ordinary_documents_are_not_cut_further() -> None:
    document = page_samples.no_go()
    assert render_html(document) == render_page(page_of(document, FULL))


def test_halving_ends() -> None:
    limits = FULL
    for _ in range(25):
        limits = halved(limits)
    assert limits == halved(limits) == Limits(**dict.fromkeys(Limits.__struct_fields__, 1))


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def schemes() -> dict[str, dict[str, str]]:
    light, dark = CSS.split("prefers-color-scheme: dark")[:2]
    return {"light": colours(light), "dark": colours(light) | colours(dark.split("* { box-sizing")[0])}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2 definition."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "link") for ground in ("paper", "card", "well")),
    *((tone, f"{tone}-bg") for tone in ("pass", "fail", "thin", "error", "waived")),
    *(("ink", ground) for ground in ("pass-bg", "fail-bg", "thin-bg", "error-bg", "waived-bg")),
    *(("ink", ground) for ground in ("old-bg", "old-mark", "new-bg", "new-mark")),
    ("soft", "old-bg"),
    ("soft", "new-bg"),
    ("fail", "paper"),
    ("thin", "card"),
    ("thin", "paper"),
]
GRAPHIC_PAIRS = [
    *((f"leg-{leg}", "paper") for leg in ("primary", "secondary", "candidate")),
    ("o-mismatch", "paper"),
    ("o-match", "paper"),
    ("old-edge", "old-bg"),
    ("new-edge", "new-bg"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_meets_wcag_aa(scheme: str) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    palette = schemes()[scheme]
    for pairs, least in ((TEXT_PAIRS, 4.5), (GRAPHIC_PAIRS, 3.0)):
        weak = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in pairs}
        assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}
