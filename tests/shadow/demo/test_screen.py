"""What a demo says, on a terminal and elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from shadow.demo.expected import Plant, Seen, Sum, Verdict, account_for
from shadow.demo.screen import Screen

PLANT = Plant(id="total", source="http", scope="GET /a", path="body:$.total", kind="precision", sentence="Drifts.")
FOUND = Seen(
    source="http", scope="GET /a", path="body:$.total", kind="precision", title="GET /a: `total` [bold] drifts"
)
STRANGER = Seen(source="http", scope="GET /b", path="status", kind="status", title="GET /b: 500")


def said(verdict: Verdict, planted: tuple[Plant, ...], requests: int) -> list[str]:
    output = io.StringIO()
    screen = Screen(Console(file=output, width=60, highlight=False))
    account = account_for(verdict, planted, requests)
    screen.judgement(verdict, account, planted=len(planted), requests=requests)
    screen.ending(account, Path("/out/report.html"))
    return output.getvalue().splitlines()


def verdict(status: str, headline: str, *findings: Seen, reasons: tuple[str, ...] = (), n: int = 5000) -> Verdict:
    return Verdict(
        status=status, headline=headline, accounting=Sum(accepted=n, outcomes=n, holds=True), reasons=reasons,
        findings=findings, findings_total=len(findings),
    )  # fmt: skip


def test_an_expected_no_go() -> None:
    assert said(verdict("fail", "NO-GO: parity.", FOUND), (PLANT,), 5000) == [
        "",
        "NO-GO: parity.",
        "",
        "1 finding, worst first:",
        "   1. GET /a: `total` [bold] drifts",
        "",
        "5,000 requests were accepted and 5,000 are accounted for.",
        "1 of 1 planted divergences were found, and nothing else.",
        "This is the expected verdict.",
        "Report: /out/report.html",
    ]


def test_what_is_not_as_expected_is_said() -> None:
    lines = said(verdict("fail", "NO-GO: x.", STRANGER), (PLANT,), 5000)
    assert lines[-5:] == [
        "5,000 requests were accepted and 5,000 are accounted for.",
        "0 of 1 planted divergences were found, and 1 other.",
        "not as expected: not planted, yet found: GET /b: 500",
        "not as expected: planted, yet not found: total: Drifts.",
        "Report: /out/report.html",
    ]


def test_a_thin_run_names_what_it_could_not_see() -> None:
    lines = said(verdict("inconclusive", "NOT YET: x.", n=300), (PLANT,), 300)
    assert "Not to be seen in 300 requests: total." in lines
    assert lines[-2] == "This is the expected verdict."


def test_without_findings_the_reasons_are_listed_and_bounded() -> None:
    reasons = tuple(f"reason {number}" for number in range(13))
    lines = said(verdict("inconclusive", "NOT YET: x.", reasons=reasons), (), 5000)
    assert "No findings. Reasons:" in lines
    assert [line for line in lines if "- reason" in line] == [f"   - reason {number}" for number in range(10)]
    assert "   and 3 more, in the report" in lines
    assert not any("planted" in line for line in lines)


def test_go_has_no_reasons() -> None:
    assert said(verdict("pass", "GO: all passed."), (), 5000)[:4] == ["", "GO: all passed.", "", "No findings."]


def test_long_lines_stay_whole_where_there_is_no_terminal() -> None:
    lines = said(verdict("fail", "NO-GO: " + "very " * 30 + "wrong.", FOUND), (PLANT,), 5000)
    assert lines[1].endswith("very wrong.")


def test_progress_is_a_line_for_each_tenth() -> None:
    output = io.StringIO()
    with Screen(Console(file=output, width=80, highlight=False)).traffic(50) as advance:
        for sent in (1, 4, 5, 6, 12, 50):
            advance(sent)
    assert output.getvalue().splitlines() == [
        "• sent 5 of 50 requests",
        "• sent 12 of 50 requests",
        "• sent 50 of 50 requests",
    ]


def test_progress_is_a_bar_on_a_terminal() -> None:
    output = io.StringIO()
    with Screen(Console(file=output, width=80, force_terminal=True)).traffic(50) as advance:
        advance(25)
    assert "25/50" in output.getvalue()
    assert "• sent" not in output.getvalue()
