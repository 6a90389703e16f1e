"""The sentence a reviewer reads about an HTTP difference, made of endpoint, place, kind, share and one example."""

from __future__ import annotations

from reports.words import percent_up
from shadow.ledger.evidence import SignatureRow
from shadow.records import Difference, Disposition, Kind

VERBS = {
    Kind.status: "answers another status",
    Kind.header: "differs",
    Kind.type: "changes type",
    Kind.missing: "is missing",
    Kind.extra: "is added",
    Kind.null_vs_missing: "is null on one side and missing on the other",
    Kind.empty_vs_missing: "is empty on one side and missing on the other",
    Kind.value: "differs",
    Kind.order: "comes in another order",
    Kind.precision: "differs in precision",
    Kind.timezone: "differs in its time zone",
    Kind.case: "differs in upper and lower case",
    Kind.whitespace: "differs in white space",
    Kind.encoding: "differs in its encoding",
    Kind.url_host: "names another host",
    Kind.error_body: "describes the error differently",
    Kind.timing: "takes another time",
    Kind.compare_error: "could not be compared",
}

OVERFLOW = "_overflow"
"""The signature into which the ledger counts what is beyond its bound."""

WIDEST = 60
"""Characters of an example value in a title."""

CONTEXT = 12
"""Characters of a shared beginning that stay."""


def example_of(row: SignatureRow) -> Difference | None:
    """Return the first open difference among the examples that belongs to the signature, else any that does."""
    found = [
        difference
        for example in row.examples
        for difference in example.differences
        if difference.group == row.group and difference.kind is row.kind
    ]
    return next((one for one in found if one.disposition is Disposition.open), found[0] if found else None)


def place(group: str) -> str:
    """Return a path as words: `status`, "header `etag`", "`items[*].price`", `the body`."""
    if group == OVERFLOW:
        return "more than the ledger keeps apart"
    area, _, rest = group.partition(":")
    if area == "header":
        return f"header `{rest}`"
    if area == "body" or group.startswith("$"):
        inner = (rest if area == "body" else group).removeprefix("$").removeprefix(".")
        return f"`{inner}`" if inner else "the body"
    if area == "compare":
        return "the answer"
    return f"`{group}`"


def portion(share: float | None) -> str:
    """Return ` in 12 % of compared answers`, rounded upwards; nothing where there is no share."""
    if share is None:
        return ""
    return " in all compared answers" if share >= 1.0 else f" in {percent_up(share)} of compared answers"


def shortened(text: str) -> str:
    """Return the text on one line and of a bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def contrast(old: str, new: str) -> tuple[str, str]:
    """Return both sides shortened, without most of a long beginning that they share: the difference is to be seen."""
    old, new = " ".join(old.split()), " ".join(new.split())
    pairs = enumerate(zip(old, new, strict=False))
    shared = next((at for at, (a, b) in pairs if a != b), min(len(old), len(new)))
    if shared > CONTEXT and max(len(old), len(new)) > WIDEST:
        begin = shared - CONTEXT
        old, new = f"…{old[begin:]}", f"…{new[begin:]}"
    return shortened(old), shortened(new)


def values(difference: Difference | None) -> str:
    """Return ` (107.10 → 107.10000000000001)`, or the one side there is; nothing where there is neither."""
    if difference is None:
        return ""
    old, new = difference.old, difference.new
    if old is not None and new is not None:
        first, second = contrast(old, new)
        return f" ({first} → {second})"
    if old is not None:
        return f" (was {shortened(old)})"
    return f" (now {shortened(new)})" if new is not None else ""


def status_of(text: str | None) -> int:
    """Return a rendered status as a number, 0 where it is none."""
    return int(text) if text is not None and text.strip().isdecimal() else 0


def is_server_error(row: SignatureRow) -> bool:
    """Tell whether the signature is a status that became a server error."""
    example = example_of(row)
    return row.kind is Kind.status and example is not None and status_of(example.new) >= 500


def title(row: SignatureRow, share: float | None) -> str:
    """Return the sentence for one signature."""
    example = example_of(row)
    if row.kind is Kind.status and example is not None and example.old and example.new:
        if status_of(example.new) >= 500:
            what = f"fails with {example.new} where the primary answers {example.old}"
        else:
            what = f"answers {example.new} instead of {example.old}"
        return f"{row.endpoint}: {what}{portion(share)}"
    if row.kind is Kind.status:
        return f"{row.endpoint}: {VERBS[row.kind]}{portion(share)}"
    return f"{row.endpoint}: {place(row.group)} {verb(row.kind, example)}{portion(share)}{values(example)}"


def verb(kind: Kind, example: Difference | None) -> str:
    """Return what happens to the place; a header that one side lacks is said to be missing or added."""
    if kind is Kind.header and example is not None and (example.old is None) != (example.new is None):
        return VERBS[Kind.missing if example.new is None else Kind.extra]
    return VERBS[kind]
