"""The planted divergences: which there are, and which of them a run has switched on."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Plant:
    """One planted divergence, and the finding that it must become.

    `source` is `http`, `latency` or `data`; `scope` the endpoint or the old table; `path` the index-free path of
    the difference (for data: the column); `kind` the kind of the finding; `sentence` says it in words.
    """

    id: str
    source: str
    scope: str
    path: str
    kind: str
    sentence: str


def all_plants() -> tuple[Plant, ...]:
    """Every plant, as listed in plants.json beside this file."""
    rows = json.loads(Path(__file__).with_name("plants.json").read_text(encoding="utf-8"))
    return tuple(Plant(**row) for row in rows)


def add_plant_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--fixed` (every plant off) and `--plants` (only these on); without either all are on."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--fixed", action="store_true", help="switch every planted divergence off")
    group.add_argument("--plants", default=None, metavar="ID,ID", help="switch only these planted divergences on")


def chosen_plants(arguments: argparse.Namespace) -> frozenset[str]:
    """The ids that the flags switch on. Exits with a message where an id is unknown."""
    known = [plant.id for plant in all_plants()]
    if arguments.fixed:
        return frozenset()
    if arguments.plants is None:
        return frozenset(known)
    wanted = frozenset(name for name in arguments.plants.split(",") if name)
    unknown = sorted(wanted.difference(known))
    if unknown:
        raise SystemExit(f"unknown plant {', '.join(unknown)}; there are: {', '.join(known)}")
    return wanted
