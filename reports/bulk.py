"""All signatures and all stored examples of the judged evidence as JSON lines, for the file beside the page.

The first line says what was judged (`identity` of the result document); then comes each signature, the most frequent
first, followed by its examples. Everything is as the ledger holds it: redacted before it was stored.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec

from reports.document import Result
from reports.files import write_bytes
from shadow.ledger.evidence import Evidence, SignatureRow

SUFFIX = ".evidence.jsonl.gz"


def beside(page: Path) -> Path:
    """Return where the evidence of a page lies: `report.html` has `report.evidence.jsonl.gz`."""
    return page.with_name(page.stem + SUFFIX)


def lines(evidence: Evidence, result: Result) -> Iterator[bytes]:
    """Yield the lines, each ending with a newline."""
    yield _line("identity", schema_version=result.schema_version, **msgspec.to_builtins(result.identity))
    for row in sorted(evidence.signatures, key=lambda row: (-row.n, row.id)):
        yield _signature(row)
        for example in row.examples:
            yield _line("example", signature=row.id, **msgspec.to_builtins(example))


def _signature(row: SignatureRow) -> bytes:
    fields = {name: getattr(row, name) for name in row.__struct_fields__ if name != "examples"}
    return _line("signature", **fields, examples=len(row.examples))


def _line(record: str, **fields: object) -> bytes:
    return msgspec.json.encode({"record": record, **fields}) + b"\n"


def write_bulk(path: Path, evidence: Evidence, result: Result) -> None:
    """Write the file, gzipped; the same evidence makes the same bytes. Raises EnvironmentFailure where the place
    cannot be written."""
    write_bytes(path, gzip.compress(b"".join(lines(evidence, result)), compresslevel=6, mtime=0))
