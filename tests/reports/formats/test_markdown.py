from __future__ import annotations

import msgspec
import pytest

from reports.document import Result
from reports.formats.markdown import MOST_ROWS, plain, render_markdown


def table(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.replace("\\|", "\0").strip("|").split("|")] for row in rows]


def test_every_row_has_every_cell_whatever_its_text(document: Result) -> None:
    rows = table(render_markdown(document))
    assert {len(row) for row in rows} == {7}
    assert len(rows) == 2 + len(document.criteria)
    assert rows[2][0] == "⚠️ error" and rows[6][0] == "⏳ inconclusive (dry run)"


def test_text_from_outside_is_no_markup(document: Result) -> None:
    text = render_markdown(document)
    assert "<script>" not in text and "<b>" not in text
    assert "\\@all" in text and "\\`x\\`" in text


@pytest.mark.parametrize(
    ("given", "shown"), [("a_b*c", "a\\_b\\*c"), ("x\ny", "x y"), ("#1 ![i](u)", "\\#1 \\!\\[i\\](u)")]
)
def test_escaping(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_long_tables_are_cut_and_say_so(document: Result) -> None:
    many = msgspec.structs.replace(document, criteria=document.criteria * 10)
    text = render_markdown(many)
    assert len(table(text)) == 2 + MOST_ROWS
    assert "and 10 more criteria." in text


def test_nothing_asked(empty: Result) -> None:
    text = render_markdown(empty)
    assert text.startswith("## ⚠️ Shadow: ERROR\n\nERROR: nothing was asked.")
