"""What a pair declares is checked against both schemas before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from shadow.config.model import TablePair
from shadow.errors import ConfigError
from verify.classes import MONGO, POSTGRES, Dialect, TypeClass
from verify.planning.declared import check_declared, tolerances_of, where_of
from verify.store import ColumnSchema, TableSchema

TABLE = TableSchema(
    name="orders",
    columns=(
        ColumnSchema(name="id", kind=TypeClass.integer),
        ColumnSchema(name="status", kind=TypeClass.text),
        ColumnSchema(name="cents", kind=TypeClass.integer),
        ColumnSchema(name="doc", kind=TypeClass.json),
    ),
)


def declared(**options: Any) -> Any:
    return check_declared(TablePair(old="orders", **options), TABLE, TABLE, POSTGRES, POSTGRES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"map": {"statsu": {"a": "b"}}}, "map: old table orders has no column 'statsu'. Did you mean 'status'?"),
        ({"transform": {"centz": ("scale:-2",)}}, "Did you mean 'cents'?"),
        ({"new_transform": {"x": ("trim",)}}, "new_transform: new table orders has no column 'x'"),
        ({"tolerance": {"cent": 1.0}}, "Did you mean 'cents'?"),
        ({"transform": {"cents": ("trim",)}}, "'trim' means nothing for 'cents', which is of the class integer"),
        ({"transform": {"status": ("number", "lower")}}, "'lower' means nothing"),
        ({"transform": {"status": ("lowr",)}}, "Did you mean 'lower'?"),
        ({"tolerance": {"status": 1.0}}, "Only numbers, instants and days"),
        ({"relative_tolerance": {"doc": 0.1}}, "Only numbers can lie near"),
    ],
)
def test_bad_declarations(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        declared(**options)
    assert message in str(error.value)


def test_the_class_that_comes_out() -> None:
    found = declared(
        map={"cents": {"1": "one"}}, transform={"status": ("trim", "uuid")}, new_transform={"cents": ("epoch_s",)}
    )
    assert found.old(TABLE, "cents").kind is TypeClass.text
    assert found.old(TABLE, "status").kind is TypeClass.uuid
    assert found.new(TABLE, "cents").kind is TypeClass.timestamp
    assert found.new(TABLE, "status").kind is TypeClass.text


@pytest.mark.parametrize(
    ("key", "columns", "message"),
    [(("cents",), ["cents"], "one of the key"), ((), ["cents"], "needs a key"), (("id",), ["id"], "not compared")],
)
def test_tolerances_need_a_key_beside_them(key: tuple[str, ...], columns: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tolerances_of(TablePair(old="orders", tolerance={"cents": 1.0}), key, columns)


def test_conditions(*, mongo: Dialect = MONGO) -> None:
    pair = TablePair(old="orders", where="a = 1", new_where='{"a": 1}')
    assert where_of(pair, pair.old_where, "old_where", POSTGRES) == "a = 1"
    assert where_of(pair, pair.new_where, "new_where", mongo) == '{"a": 1}'
    for bad in ("a = 1", "[1]"):
        with pytest.raises(ConfigError, match="new_where is no MongoDB query"):
            where_of(pair, bad, "new_where", mongo)
