"""The list of planted divergences: switchable by name, and the same in the file and in the README."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import plants
import pytest

from shadow.records import Kind

README = Path(plants.__file__).with_name("README.md")
IDS = [plant.id for plant in plants.all_plants()]
DATA_KINDS = {"missing_row", "value"}


def chosen(*flags: str) -> frozenset[str]:
    parser = argparse.ArgumentParser()
    plants.add_plant_flags(parser)
    return plants.chosen_plants(parser.parse_args(flags))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), frozenset(IDS)),
        (("--fixed",), frozenset()),
        (("--plants", ""), frozenset()),
        (("--plants", "note-cut"), frozenset({"note-cut"})),
        (("--plants", "note-cut,float-total"), frozenset({"note-cut", "float-total"})),
    ],
)
def test_flags_choose(flags: tuple[str, ...], expected: frozenset[str]) -> None:
    assert chosen(*flags) == expected


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match=r"unknown plant roses; there are: float-total, paid-at-zone"):
        chosen("--plants", "note-cut,roses")


def test_each_plant_has_its_own_place_and_a_kind_that_exists() -> None:
    listed = plants.all_plants()
    assert len(listed) == 16
    assert len({plant.id for plant in listed}) == 16
    assert len({plant.scope for plant in listed}) == 16
    for plant in listed:
        assert plant.source in ("http", "latency", "data")
        assert plant.kind in (DATA_KINDS if plant.source == "data" else set(Kind))


def test_the_readme_lists_exactly_the_plants() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| `(.+?)` \| (.*?) \| (\S+) \| (.+) \|$", README.read_text("utf-8"), re.M)
    assert [(id_, scope, path.strip("`–"), kind, sentence) for id_, scope, path, kind, sentence in rows] == [
        (plant.id, plant.scope, plant.path, plant.kind, plant.sentence) for plant in plants.all_plants()
    ]
