"""Batches that hold whole documents, and those that do not."""

from __future__ import annotations

import bson
import pytest

from shadow.errors import StoreError
from verify.stores.mongo.batches import documents, starts_of

DOCUMENTS = [bson.encode({"_id": n, "pad": "x" * n}) for n in range(3)]


def test_each_document_is_found() -> None:
    raw = b"".join(DOCUMENTS)
    assert list(documents(raw)) == DOCUMENTS
    assert starts_of(raw) == [0, len(DOCUMENTS[0]), len(DOCUMENTS[0] + DOCUMENTS[1])]
    assert starts_of(b"") == []


@pytest.mark.parametrize("end", [DOCUMENTS[0][:-1], b"\x05\x00", b"\x04\x00\x00\x00\x00"])
def test_a_batch_that_ends_within_a_document_is_refused(end: bytes) -> None:
    with pytest.raises(StoreError, match="no BSON"):
        starts_of(DOCUMENTS[1] + end)
