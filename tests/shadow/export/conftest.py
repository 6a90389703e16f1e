"""A group of differences with one example, to vary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shadow.ledger.evidence import SignatureRow
from shadow.records import Difference, Disposition, Example, Kind, Message

JSON = (("Content-Type", "application/json"),)
ASKED = Message(start="GET /orders/7?full=1", headers=(("Host", "x"), ("X-A", "1")))


@pytest.fixture
def group() -> Callable[..., SignatureRow]:
    """`group(kind, path, old, body=…)`: `body` is the old answer's."""

    def make(
        kind: Kind = Kind.value, path: str = "body:$.total", old: str | None = "19.50", *,
        body: str = '{"total": 19.50}', request: Message = ASKED, note: str = "",
        id: str = "a1b2c3d4e5f60718", **changes: Any,
    ) -> SignatureRow:  # fmt: skip
        difference = Difference(kind=kind, path=path, group=path, old=old, new="1", note=note)
        covered = Difference(kind=kind, path=path, group=path, old="0", new="1", disposition=Disposition.noise)
        example = Example(
            observed_at=1.0, request=request,
            primary=Message(start="200", headers=JSON, body=body), differences=(covered, difference), **changes,
        )  # fmt: skip
        return SignatureRow(
            id=id, endpoint="GET /orders/{id}", group=path, kind=kind, n=9, n_open=7, first_at=0.0, last_at=1.0,
            examples=(example,),
        )  # fmt: skip

    return make
