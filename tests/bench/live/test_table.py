"""The marked section of a page: replaced as a whole, or the page is refused."""

from __future__ import annotations

import pytest

from bench.live.table import BEGIN, END
from bench.section import with_section


def test_only_the_section_changes() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    new = with_section(page, "| new |\n", BEGIN, END)
    assert new == f"before\n{BEGIN}\n| new |\n{END}\nafter\n"
    assert with_section(new, "| new |\n", BEGIN, END) == new


@pytest.mark.parametrize(
    "page",
    ["", f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n", f"{BEGIN}\n{END}\n{END}\n"],
)
def test_a_page_without_its_markers_in_order_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        with_section(page, "new\n", BEGIN, END)
