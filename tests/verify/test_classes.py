from __future__ import annotations

import pytest

from verify.classes import CSV, DUCKDB, MEMORY, PARQUET, SQLITE, Dialect, TypeClass, agreed_class


@pytest.mark.parametrize(
    ("old", "old_dialect", "new", "new_dialect", "agreed"),
    [
        (TypeClass.text, SQLITE, TypeClass.text, DUCKDB, TypeClass.text),
        (TypeClass.text, SQLITE, TypeClass.timestamp, DUCKDB, TypeClass.timestamp),
        (TypeClass.timestamp, DUCKDB, TypeClass.text, SQLITE, TypeClass.timestamp),
        (TypeClass.integer, SQLITE, TypeClass.boolean, DUCKDB, TypeClass.boolean),
        (TypeClass.integer, SQLITE, TypeClass.boolean, SQLITE, TypeClass.boolean),
        (TypeClass.text, CSV, TypeClass.integer, SQLITE, TypeClass.integer),
        (TypeClass.text, PARQUET, TypeClass.json, DUCKDB, TypeClass.json),
        (TypeClass.text, SQLITE, TypeClass.integer, DUCKDB, None),
        (TypeClass.text, DUCKDB, TypeClass.timestamp, DUCKDB, None),
        (TypeClass.decimal, DUCKDB, TypeClass.float, DUCKDB, None),
        (TypeClass.float, SQLITE, TypeClass.decimal, DUCKDB, None),
        (TypeClass.bytes, SQLITE, TypeClass.text, CSV, None),
        (TypeClass.integer, MEMORY, TypeClass.boolean, MEMORY, None),
    ],
)
def test_classes_agree_only_where_an_engine_had_no_choice(
    old: TypeClass, old_dialect: Dialect, new: TypeClass, new_dialect: Dialect, agreed: TypeClass | None
) -> None:
    assert agreed_class(old, old_dialect, new, new_dialect) is agreed
    assert agreed_class(new, new_dialect, old, old_dialect) is agreed
