from __future__ import annotations

import msgspec
import page_samples
from page_sample_parts import ORDER, difference, example

from reports.page.examples import MAX_DIFFERENCES, example_of
from shadow.records import Example, Kind, Message


def sample() -> Example:
    total = difference(Kind.precision, "body:$.total", "107.1", "107.10000000000001", "binary floating point")
    return example("/orders/4711", ORDER % "107.10", ORDER % "107.10000000000001", total)


def test_changed_line_and_characters() -> None:
    view = example_of(sample())
    (changed,) = [pair for pair in view.body if pair.mark == "changed"]
    assert [(piece.text, piece.look) for piece in changed.old] == [('  "total": ', ""), ("107.10", "chg"), (",", "")]
    assert [piece.text for piece in changed.new][1] == "107.10000000000001"
    assert (view.old_start, view.new_start, view.start_differs, view.answered) == ("200", "200", False, True)
    assert view.observed == "2025-11-21 13:05:12 UTC"


def test_open_differences_come_before_covered_ones() -> None:
    one = sample()
    view = example_of(msgspec.structs.replace(one, differences=one.differences[::-1]))
    assert [(row.kind, row.covered) for row in view.differences] == [
        ("precision", ""), ("value", "noise: volatile header"),
    ]  # fmt: skip
    assert [piece.text for piece in view.differences[0].new] == ["107.10000000000001"]


def test_absent_side_is_said() -> None:
    one = msgspec.structs.replace(sample(), differences=(difference(Kind.missing, "body:$.a", "1", None),))
    assert [piece.text for piece in example_of(one).differences[0].new] == ["absent"]


def test_a_candidate_that_did_not_answer() -> None:
    view = example_of(msgspec.structs.replace(sample(), candidate=None))
    assert (view.answered, view.new_start, view.start_differs) == (False, "no answer", True)
    assert view.body and all(not pair.new for pair in view.body)


def test_many_differences_are_capped() -> None:
    one = msgspec.structs.replace(sample(), differences=(difference(Kind.value, "body:$.a", "1", "2"),) * 20)
    view = example_of(one)
    assert len(view.differences) == MAX_DIFFERENCES
    assert view.more_differences == "and 8 more differences in this exchange"


def test_shortened_bodies_are_said() -> None:
    one = sample()
    cut = msgspec.structs.replace(
        one, request=Message(start="POST /a", body="x", cut=True), primary=Message(start="200", cut=True)
    )
    assert example_of(one).note == ""
    assert example_of(cut).note == (
        "Shortened body: request, primary. The curl commands carry only the part of the request body that was kept."
    )


def test_weight_is_never_below_the_bytes_of_the_page() -> None:
    from reports.html import render_html

    for body in ("<&\"'" * 4000, "x\n" * 5000, '{"a": "<\'>"}' * 800):
        one = example("/a", body, body[::-1], difference(Kind.value, "body", "a" * 500, "<" * 500), body=body)
        base = page_samples.no_go()
        lists = [
            msgspec.structs.replace(base, findings=(msgspec.structs.replace(base.findings[5], examples=found),))
            for found in ((), (one,))
        ]
        without, with_one = (len(render_html(document).encode()) for document in lists)
        assert with_one - without <= example_of(one).weight
