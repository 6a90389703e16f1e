"""The page about verification shows what is true."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import yaml

from shadow.config.model import Verify
from verify.answer import blind_spot
from verify.checks import counts, freshness, migrations, objects, profiles, relations, rows, schema, sequences, tables
from verify.classes import CSV, MONGO, SQLITE
from verify.cli import verify
from verify.migration.report import CANNOT_SEE
from verify.options import EXIT_CODES
from verify.proof import selfproof

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text()


def test_the_example_is_a_valid_section() -> None:
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    section = msgspec.convert(yaml.safe_load(block[1])["verify"], Verify)
    assert [pair.old for pair in section.tables] == ["customers", "orders"]
    assert section.tables[1].rename == {"name": "title"}


def test_every_key_of_the_section_is_explained() -> None:
    for name in (*Verify.__struct_fields__, *Verify(old="", new="").__struct_fields__):
        assert re.search(rf"^ *{name}:", PAGE, re.MULTILINE), name


def test_every_check_and_exit_code_has_a_row() -> None:
    for module in (
        tables, selfproof, schema, counts, profiles, rows, migrations, objects, sequences, relations, freshness,
    ):  # fmt: skip
        assert f"| `{module.NAME}` |" in PAGE
    for code in (*EXIT_CODES.values(), 2, 3):
        assert f"| {code} |" in PAGE
    assert blind_spot(tables.__doc__)


def test_every_option_is_shown() -> None:
    for parameter in verify.commands["run"].params:
        assert any(option in PAGE for option in parameter.opts), parameter.name


def test_every_check_of_a_migration_has_a_row() -> None:
    for name in CANNOT_SEE:
        assert f"| `{name}` |" in PAGE


def test_carriers_are_listed() -> None:
    for dialect in (SQLITE, CSV, MONGO):
        assert dialect.carriers
    for kind in (*SQLITE.carriers, *MONGO.carriers):
        assert re.search(rf"\b{kind}", PAGE, re.IGNORECASE), kind
