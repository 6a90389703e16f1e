from __future__ import annotations

from verify.explain.spread import MOST_VALUES, Concentrated, Spread


def spread(rows: list[tuple[object, ...]]) -> Spread:
    found = Spread(("id", "tenant"))
    for row in rows:
        found.add(row)
    return found


def test_nine_of_ten_rows_with_one_value_are_told() -> None:
    rows: list[tuple[object, ...]] = [(n, "eu" if n < 90 else f"t{n}") for n in range(100)]
    assert spread(rows).concentrated() == (Concentrated("tenant", "eu", 90, 100),)
    assert spread(rows[1:]).concentrated() == ()  # 89 of 99


def test_too_few_rows_or_too_many_values_say_nothing() -> None:
    assert spread([(n, "eu") for n in range(9)]).concentrated() == ()
    assert [one.column for one in spread([(n, "eu") for n in range(10)]).concentrated()] == ["tenant"]
    many: list[tuple[object, ...]] = [(0, f"t{n}") for n in range(MOST_VALUES + 1)]
    assert [one.column for one in spread(many).concentrated()] == ["id"]


def test_rows_without_a_value_are_no_tenant() -> None:
    assert spread([(n, None) for n in range(100)]).concentrated() == ()


def test_long_values_are_not_held() -> None:
    assert spread([(n, "x" * 200) for n in range(100)]).concentrated() == ()
