"""Comma- (semicolon-, tab-) separated rows, by their header."""

from __future__ import annotations

import csv
import io

from shadow.bodies.decode import Decoded
from shadow.compare.media.charset import text_of
from shadow.compare.media.unreadable import UnreadableError


def read(body: Decoded) -> object:
    """Return one object per row by the names of the first row, or plain lists where those are empty or repeated.

    Raises UnreadableError where a row has another number of cells than the first, or a quote is not closed.
    Cannot see: quoting, the delimiter, and blank lines; whether a first row is a header or data. How lines end is
    compared beside it.
    """
    text = text_of(body)
    first = text.partition("\n")[0]
    delimiter = "\t" if body.media == "text/tab-separated-values" else max(",;\t|", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise UnreadableError(str(error)) from error
    if not rows:
        return []
    header = rows[0]
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise UnreadableError(f"row {number} has {len(row)} cells, the first has {len(header)}")
    if len(set(header)) < len(header) or not all(header):
        return rows
    return {"header": header, "rows": [dict(zip(header, row, strict=True)) for row in rows[1:]]}
