"""The flags of `shadow demo`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from shadow.commands.demo import demo


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--requests", "0"], "0 is not in the range x>=1"),
        (["--requests", "many"], "'many' is not a valid integer"),
        (["--rate", "-1"], "-1.0 is not in the range x>=0"),
        (["--broken"], "No such option"),
    ],
)
def test_wrong_flags_are_told(flags: list[str], complaint: str) -> None:
    done = CliRunner().invoke(demo, flags)
    assert done.exit_code == 2
    assert complaint in done.output


def test_help_documents_defaults_and_exit_codes() -> None:
    text = CliRunner().invoke(demo, ["--help"]).output
    for part in ("default: 5000", "default: 300", "shadow-out/demo", "0 the verdict is the expected one", "10 it is"):
        assert part in text
