from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.visible import visible


def test_what_hides_is_named() -> None:
    assert visible("a\u202eb\x00\x00") == "a⟦U+202E⟧b⟦U+0000 ×2⟧"


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_naming_twice_changes_nothing(text: str) -> None:
    assert visible(visible(text)) == visible(text)
