"""The kinds that both sides make values of, with the lowest number of each that the old side has given.

It is kept in a file beside the ledger, so that after a restart an id that was made while the mirror ran (lost) is told
from one that was migrated (the same on both sides). No secret is in it: names of kinds, and numbers.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

log = logging.getLogger("shadow.sender")
_MOST_KINDS = 1000
_MOST_DIGITS = 30


class Marks:
    """Reads the file once; writes it when a kind is new or a lower number of it was given, which is seldom."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lowest: dict[str, int | None] = self._read()

    def saw(self, kind: str, old: str) -> None:
        """The old side has made this value."""
        number = number_of(old)
        known = self._lowest.get(kind)
        if kind in self._lowest and (number is None or (known is not None and known <= number)):
            return
        if kind not in self._lowest and len(self._lowest) >= _MOST_KINDS:
            return
        self._lowest[kind] = known if number is None else number
        self._write()

    def is_made(self, kind: str) -> bool:
        """Whether both sides make values of this kind."""
        return kind in self._lowest

    def is_migrated(self, kind: str, old: str) -> bool:
        """Whether a number is below all that were made since the mirror first ran, so that both sides have it."""
        number, lowest = number_of(old), self._lowest.get(kind)
        return number is not None and lowest is not None and number < lowest

    def was_made(self, kind: str, old: str) -> bool:
        """Whether a number is so high that it must have been made since the mirror first ran."""
        number, lowest = number_of(old), self._lowest.get(kind)
        return number is not None and lowest is not None and number >= lowest

    def _read(self) -> dict[str, int | None]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, int | None])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read, ids that were made before count as migrated: %s", self._path, error)
            return {}

    def _write(self) -> None:
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            beside.write_bytes(msgspec.json.encode(self._lowest))
            beside.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written, after a restart lost ids will count as migrated: %s", self._path, error)


def number_of(text: str) -> int | None:
    """Return a value as a whole number, None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
