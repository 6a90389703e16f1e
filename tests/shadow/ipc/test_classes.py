"""Classes by method and size, at their bounds."""

from __future__ import annotations

import pytest

from shadow.ipc.classes import CLASSES, METHODS, SIZES, class_of


@pytest.mark.parametrize(
    ("size_bytes", "size"),
    [
        (0, "<1KiB"), (1023, "<1KiB"), (1024, "<16KiB"), (16 * 1024 - 1, "<16KiB"), (16 * 1024, "<256KiB"),
        (256 * 1024 - 1, "<256KiB"), (256 * 1024, "<1MiB"), (1024 * 1024 - 1, "<1MiB"), (1024 * 1024, ">=1MiB"),
        (1 << 40, ">=1MiB"), (1 << 70, ">=1MiB"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_bounds(method: str, size_bytes: int, size: str) -> None:
    assert CLASSES[class_of(method, size_bytes)] == f"{method} {size}"


def test_methods_without_a_class_share_one() -> None:
    assert {CLASSES[class_of(method, 0)] for method in ("OPTIONS", "PURGE", "", "get")} == {"* <1KiB"}


def test_every_class_has_a_name_of_its_own() -> None:
    assert len(set(CLASSES)) == len(METHODS) * len(SIZES) == 35
