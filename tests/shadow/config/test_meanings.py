from __future__ import annotations

import pytest

from shadow.config import contract, model
from shadow.config.meanings import MEANINGS, meaning_of


def test_every_key_has_a_meaning_and_no_meaning_lacks_a_key() -> None:
    classes = [*vars(model).values(), *vars(contract).values()]
    sections = [one for one in classes if isinstance(one, type) and issubclass(one, model.Section)]
    keys = {f"{section.__name__}.{key}" for section in sections for key in section.__struct_fields__}
    assert keys == set(MEANINGS)


@pytest.mark.parametrize("key", sorted(MEANINGS))
def test_a_meaning_is_a_sentence_for_a_table_cell(key: str) -> None:
    text = MEANINGS[key]
    assert text.endswith(".")
    assert "|" not in text
    assert "\n" not in text
    assert "  " not in text


def test_meaning_of() -> None:
    assert meaning_of("Mirror", "listeners") == "Processes on the live path."
    with pytest.raises(KeyError):
        meaning_of("Mirror", "nothing")
