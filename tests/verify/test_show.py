from __future__ import annotations

import io

import pytest
from rich.console import Console

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.show import describe, print_checks


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
