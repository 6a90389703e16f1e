from __future__ import annotations

from shadow.config.model import Redact
from shadow.redact import Redactor
from verify.telling.redaction import by_column

REDACT = by_column(Redactor(Redact(paths=("$.salary",)), b"k" * 32))


def test_columns_with_telling_names_are_hidden_whole() -> None:
    for column in ("password", "api_key", "salary"):
        assert "4711" not in REDACT(column, "4711")


def test_patterns_are_hidden_everywhere_else() -> None:
    assert REDACT("note", "write to a@example.org").startswith("write to ‹email:")
    assert REDACT("note", "harmless") == "harmless"


def test_equal_values_stay_visibly_equal() -> None:
    assert REDACT("password", "a") == REDACT("password", "a") != REDACT("password", "b")


def test_nothing_stays_nothing() -> None:
    assert REDACT("password", "") == ""
