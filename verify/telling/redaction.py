"""The product's redaction, applied to columns: a column with a telling name is hidden whole."""

from __future__ import annotations

from shadow.redact import Redactor
from verify.telling.render import Redact


def by_column(redactor: Redactor) -> Redact:
    """Return a redaction that hides every value of columns such as `password` or `api_key`, and elsewhere what the
    patterns find (e-mails, cards, tokens). Equal values get equal hashes."""

    def redact(column: str, text: str) -> str:
        label = redactor.label_at((column,))
        return redactor.mark(label, text) if label and text else redactor.text(text)

    return redact
