"""One stored exchange as the reviewer sees it: the request, both answers side by side, a command for each leg."""

from __future__ import annotations

import msgspec

from reports.page.jsonlines import is_json, lines_of
from reports.page.redacted import Piece, pieces_of
from reports.page.sidebyside import LinePair, compare, plain
from reports.page.text import one_line, visible
from reports.page.times import instant
from shadow.export.curl import MAX_BODY, NEW_BASE, OLD_BASE, curl_command
from shadow.records import Difference, Disposition, Example, Message

MAX_BODY_SHOWN = 8_000
MAX_HEADERS = 40
MAX_DIFFERENCES = 12
LEAST_WEIGHT = 4_000


class DifferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One difference of the example; `covered` names what covered it, empty when it counts."""

    kind: str
    path: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    note: str
    covered: str


class ExampleView(msgspec.Struct, frozen=True, kw_only=True):
    """An example. `blocks` are headed stretches of side-by-side lines; `note` says what was cut."""

    observed: str
    request_start: str
    request: tuple[LinePair, ...]
    answered: bool
    old_start: str
    new_start: str
    start_differs: bool
    headers: tuple[LinePair, ...]
    body: tuple[LinePair, ...]
    differences: tuple[DifferenceRow, ...]
    more_differences: str
    note: str
    old_curl: str
    new_curl: str
    weight: int


def example_of(example: Example) -> ExampleView:
    """Build the view of an example. `weight` estimates the bytes it adds to the page."""
    old, new = example.primary, example.candidate
    other = new if new is not None else Message(start="no answer")
    request = plain([*_header_lines(example.request), *_body_lines(example.request)])
    if new is None:
        headers, body = plain(_header_lines(old)), plain(_body_lines(old))
    else:
        headers = compare(_header_lines(old), _header_lines(new))
        body = compare(_body_lines(old), _body_lines(new), laid_out=is_json(old.body) and is_json(new.body))
    shown = sorted(example.differences, key=lambda item: item.disposition is not Disposition.open)
    rows = tuple(_difference(item) for item in shown[:MAX_DIFFERENCES])
    old_curl = curl_command(example.request, OLD_BASE)
    new_curl = curl_command(example.asked or example.request, NEW_BASE)
    hidden = len(shown) - len(rows)
    return ExampleView(
        observed=instant(example.observed_at),
        request_start=one_line(example.request.start, 300),
        request=request,
        answered=new is not None,
        old_start=one_line(old.start, 60),
        new_start=one_line(other.start, 60),
        start_differs=old.start != other.start,
        headers=headers,
        body=body,
        differences=rows,
        more_differences=f"and {hidden:,} more differences in this exchange" if hidden > 0 else "",
        note=_note(example),
        old_curl=old_curl,
        new_curl=new_curl,
        weight=_weight((*request, *headers, *body))
        + 6 * (len(old_curl) + len(new_curl))
        + 4_000 * len(rows)
        + LEAST_WEIGHT,
    )


def _weight(pairs: tuple[LinePair, ...]) -> int:
    """Bytes in the worst case: five per escaped character, and the markup of each row and piece."""
    return sum(
        140 + sum(40 + 6 * len(piece.text) for piece in (*pair.old, *pair.new)) + len(pair.note) for pair in pairs
    )


def _header_lines(message: Message) -> list[str]:
    lines = [f"{name}: {one_line(value, 300)}" for name, value in message.headers[:MAX_HEADERS]]
    hidden = len(message.headers) - MAX_HEADERS
    return [*lines, f"(and {hidden} more headers)"] if hidden > 0 else lines


def _body_lines(message: Message) -> list[str]:
    return lines_of(visible(message.body[:MAX_BODY_SHOWN]))


def _difference(item: Difference) -> DifferenceRow:
    return DifferenceRow(
        kind=item.kind.value,
        path=one_line(item.path, 120),
        old=pieces_of("absent" if item.old is None else one_line(item.old, 120)),
        new=pieces_of("absent" if item.new is None else one_line(item.new, 120)),
        note=one_line(item.note, 120),
        covered=_cover(item),
    )


def _cover(item: Difference) -> str:
    if item.disposition is Disposition.open:
        return ""
    return f"{item.disposition.value}: {one_line(item.by, 60) or 'nothing named'}"


def _note(example: Example) -> str:
    sides = (("request", example.request), ("primary", example.primary), ("candidate", example.candidate))
    cut = [name for name, message in sides if message and (message.cut or len(message.body) > MAX_BODY_SHOWN)]
    notes = []
    if cut:
        notes.append(f"Shortened body: {', '.join(cut)}.")
    if example.request.cut or len(example.request.body) > MAX_BODY:
        notes.append("The curl commands carry only the part of the request body that was kept.")
    return " ".join(notes)
