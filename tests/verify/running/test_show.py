from __future__ import annotations

import io
import os
import pty
import sys
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from rich.console import Console

from shadow.records import CheckStatus, DataCause, DataCheck, DataFinding
from verify.progress import Step
from verify.running.show import PlainProgress, describe, print_checks, shown_progress


def finding(kind: str, **more: str) -> DataFinding:
    return DataFinding(kind=kind, table="t", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (
            finding("value", key="id=7", column="name", old='"a"', new='"A"', note="case"),
            'id=7 name: "a" -> "A" (case)',
        ),
        (finding("value", key="id=7", column="name", old="NULL", new='""'), 'id=7 name: NULL -> ""'),
        (finding("count", old="7", new="6", note="-1 rows"), "t: 7 -> 6 (-1 rows)"),
        (finding("missing_row", key="id=7", old="id=7, x=1"), "missing row id=7"),
        (finding("extra_row", new="a=1"), "extra row a=1"),
        (finding("missing_table", note="only the old side has it"), "missing table t (only the old side has it)"),
        (finding("column_type", column="c", old="INT", new="TEXT"), "column type c: INT -> TEXT"),
        (finding("missing_column", column="c", old="INT"), "missing column c: INT -> nothing"),
    ],
)
def test_findings_in_one_line(item: DataFinding, line: str) -> None:
    assert describe(item) == line


def test_the_age_of_a_finding_is_told_beside_its_cause() -> None:
    old = msgspec.structs.replace(
        finding("value", key="id=7", column="name", old='"a"', new='"A"', note="case"),
        age_s=1234.5, since=1_790_000_000.0, since_run="the first",
    )  # fmt: skip
    assert describe(old, "this one") == (
        'id=7 name: "a" -> "A" (case; unchanged for 1,234.5 s; there since 2026-09-21 14:13 UTC)'
    )
    assert "there since" not in describe(old, "the first")


def check(findings: int, total: int) -> DataCheck:
    return DataCheck(
        run_id="r",
        pair="[bold]t[/bold]",
        check="rows",
        started_at=0,
        finished_at=0,
        status=CheckStatus.fail,
        rows_old=1000,
        rows_new=999,
        total=total,
        findings=tuple(finding("missing_row", key=f"id=[red]{n}") for n in range(findings)),
        reason="why",
    )


def shown(item: DataCheck, *, terminal: bool) -> str:
    out = io.StringIO()
    print_checks((item,), Console(file=out, force_terminal=terminal, width=100, no_color=True))
    return out.getvalue()


def test_plain_lines_show_a_few_and_count_the_rest() -> None:
    text = shown(check(9, 12), terminal=False)
    assert text.splitlines()[0] == "fail         [bold]t[/bold]: rows: why"
    assert text.splitlines()[1] == "               missing row id=[red]0"
    assert text.splitlines()[-1].strip() == "and 7 more"
    assert len(text.splitlines()) == 7


def test_what_was_found_is_no_markup() -> None:
    text = shown(check(2, 2), terminal=True)
    assert "[bold]t[/bold]" in text
    assert "id=[red]1" in text
    assert "more" not in text
    assert "1,000" in text and "999" in text


def progress_lines() -> list[str]:
    now = 0.0
    out = io.StringIO()
    show = PlainProgress(Console(file=out, force_terminal=False, width=200), lambda: now)

    def told(what: Any, **more: Any) -> None:
        show(Step(what=what, pair="t[x]", check="rows", **more))

    told("began")
    for second in range(1, 26):
        now = float(second)
        told("rows", rows=second * 100, expected=10_000)
    for why in ("db has 30 active sessions", "db has 31 active sessions", ""):
        told("paused", why=why)
    told("ended")
    return out.getvalue().splitlines()


def test_without_a_terminal_a_line_every_ten_seconds_tells_how_far_it_is() -> None:
    assert progress_lines() == [
        "verifying t[x]: rows",
        "verifying t[x]: rows: 1,000 of about 10,000 rows (10 %), 100 rows/s, about 1:30 min left",
        "verifying t[x]: rows: 2,000 of about 10,000 rows (20 %), 100 rows/s, about 1:20 min left",
        "verifying t[x]: rows: paused: db has 30 active sessions",
        "verifying t[x]: rows: goes on",
    ]


def test_on_a_terminal_one_line_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = pty.openpty()
    with open(terminal, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "160")
        with shown_progress(enabled=True) as show:
            show(Step(what="began", pair="[t]", check="rows"))
            show(Step(what="rows", pair="[t]", check="rows", rows=500, expected=1000))
            show(Step(what="paused", pair="[t]", check="rows", why="db is busy"))
    # Linux says EIO where the other end of a terminal is closed.
    shown = ""
    with suppress(OSError):
        while part := os.read(controller, 65536):
            shown += part.decode(errors="replace")
    os.close(controller)
    assert "[t]: rows" in shown
    assert "paused: db is busy" in shown
    assert shown.endswith("\x1b[2K") or "\x1b[1A" in shown, "the line is gone at the end"


def test_json_wants_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(enabled=False) as show:
        show(Step(what="began", pair="t", check="rows"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_causes_stand_below_the_findings(terminal: bool) -> None:
    causes = (DataCause(kind="sign", what="v: sign", n=2, share=1.0, advice="Copy [red]again[/red]."),)
    text = shown(msgspec.structs.replace(check(2, 2), causes=causes), terminal=terminal)
    lines = text.splitlines()[-2:]
    assert "why: 2 (100 %): v: sign" in lines[0]
    assert "Copy [red]again[/red]." in lines[1]
