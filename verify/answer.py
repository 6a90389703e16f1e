"""What a check answers, and what it says of itself: its blind spot, taken from its docstring."""

from __future__ import annotations

import msgspec

from shadow.records import CheckStatus, DataCause, DataFinding


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found out. `status` has the failing value as default; `total` counts all findings. `counted`: the
    rows were counted exactly on the way; `unsettled` of them, per side, were in flight. `causes` say why.
    `moving` rows were in flight or still changing."""

    status: CheckStatus = CheckStatus.error
    rows_old: int = 0
    rows_new: int = 0
    total: int = 0
    findings: tuple[DataFinding, ...] = ()
    reason: str = ""
    counted: bool = False
    unsettled: tuple[int, int] = (0, 0)
    causes: tuple[DataCause, ...] = ()
    moving: int = 0


def blind_spot(docstring: str | None) -> str:
    """Return the paragraph of a docstring that begins with `Cannot see:`, in one line, without these words.

    Raises ValueError where there is none: a check that does not say what it is blind to must not run.
    Under `python -OO` there are no docstrings, and the text says so.
    """
    if docstring is None:
        return "not known: this interpreter runs without docstrings"
    for paragraph in docstring.split("\n\n"):
        text = " ".join(paragraph.split())
        if text.startswith("Cannot see:"):
            return text.removeprefix("Cannot see:").strip()
    raise ValueError("the docstring has no paragraph that begins with 'Cannot see:'")
