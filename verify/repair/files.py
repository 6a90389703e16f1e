"""The files of a repair: made for their owner's eyes, never over another one, and read again to check what was done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from shadow.errors import ConfigError
from verify.repair import keys
from verify.repair.gathering import Planned
from verify.store import Key

_MARK = "@row "


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row that a repair file is about."""

    pair: str
    key: Key


def header(planned: Sequence[Planned], *, side: str, label: str, is_undo: bool) -> list[str]:
    """Return what stands at the top of a file: what it is, and which rows it is about, one a line."""
    what = "undoes the repair beside it" if is_undo else f"makes the {side} side like the other one"
    return [
        f"Written by shadow verify repair; it {what}: {one_line(label)}",
        "It holds values of your data. Read it before you run it. Each statement changes its row only if the row still",
        "is what it was when this was written; then check with: shadow verify repair --check THIS_FILE",
        *(f"{_MARK}{at} {row_line(one)}" for at, one in enumerate(planned, 1)),
    ]


def row_line(one: Planned) -> str:
    """Return which row a change is about, in one line. Raises CannotWriteError for a key that has no text."""
    return json.dumps({"pair": one.pair, "change": one.change.kind, "key": keys.written(one.key)})


def one_line(text: str) -> str:
    """Return text without line ends, which would end a comment."""
    return " ".join(text.split())


def write(path: Path, lines: Iterable[str]) -> None:
    """Write a new file that only its owner may read. Raises ConfigError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} exists already.", "Name another file, or move it away.") from None
    except OSError as error:
        remedy = "Name a file in a folder of yours."
        raise ConfigError(f"{path} cannot be written ({error.strerror}).", remedy) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def read_rows(path: Path) -> list[Row]:
    """Return the rows that a repair file is about. Raises ConfigError for another kind of file."""
    found = []
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                text = line.removeprefix("--").removeprefix("//").strip()
                if not text:
                    break
                if text.startswith(_MARK):
                    row = json.loads(text.removeprefix(_MARK).partition(" ")[2])
                    found.append(Row(pair=row["pair"], key=keys.read(row["key"])))
    except OSError as error:
        remedy = "Name a file of shadow verify repair."
        raise ConfigError(f"{path} cannot be read ({error.strerror}).", remedy) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is no file of shadow verify repair.", "Name the one that it wrote.") from error
    if not found:
        raise ConfigError(f"{path} names no rows.", "Name a file of shadow verify repair.")
    return found
