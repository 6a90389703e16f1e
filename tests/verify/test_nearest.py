from __future__ import annotations

from verify.nearest import nearest


def test_the_nearest_name_is_offered_else_what_there_is() -> None:
    assert nearest("custmer", ["customer", "orders"]) == "Did you mean 'customer'?"
    assert nearest("zzz", ["b", "a"]) == "It has a, b."
    assert nearest("zzz", [f"column{n}" for n in range(9)]).endswith(" and more.")
    assert nearest("zzz", []) == "It has none."
