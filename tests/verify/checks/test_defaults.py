from __future__ import annotations

import pytest

from verify.checks.defaults import normal_default
from verify.classes import TypeClass

T = TypeClass


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (T.integer, ["0", "(0)", "((0))", "'0'", "CAST('0' AS INTEGER)", "0.0", "0::bigint"]),
        (T.boolean, ["true", "TRUE", "1", "'t'", "CAST('t' AS BOOLEAN)", "(true)"]),
        (T.timestamp, ["CURRENT_TIMESTAMP", "now()", "(datetime('now'))", "get_current_timestamp()"]),
        (T.text, ["'it''s'", "('it''s')", "CAST('it''s' AS VARCHAR)", "'it''s'::varchar(20)"]),
        (T.decimal, ["1.50", "'1.5'", "CAST(1.5 AS DECIMAL(10,2))"]),
        (T.text, ["NULL", "null", "(NULL)"]),
    ],
)
def test_one_default_in_many_spellings(kind: TypeClass, spellings: list[str]) -> None:
    assert len({normal_default(text, kind) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (T.integer, "0", None),
        (T.integer, "0", "1"),
        (T.boolean, "0", "1"),
        (T.text, "''", None),
        (T.text, "'a'", "'A'"),
        (T.text, "'0'", "0"),
        (T.text, "'a::b'", "'a'"),
        (T.integer, "(1)+(2)", "1)+(2"),
    ],
)
def test_different_defaults_stay_different(kind: TypeClass, one: str | None, other: str | None) -> None:
    assert normal_default(one, kind) != normal_default(other, kind)


def test_none_and_null_are_no_default() -> None:
    assert normal_default(None, T.text) is None
    assert normal_default("NULL", T.text) is None
