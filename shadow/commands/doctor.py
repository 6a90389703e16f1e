"""`shadow doctor`: a configuration against the world."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from shadow.config import config_digest
from shadow.doctor import Check, Level, examine, worst_of
from shadow.errors import EXIT_ENVIRONMENT, EXIT_PASS
from shadow.options import config_option
from shadow.validation import load_config

_COLOURS = {Level.ok: "green", Level.warn: "yellow", Level.fail: "red"}


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def doctor(path: Path, as_json: bool) -> int:
    """Check a configuration against the world.

    Every check ends as ok, warn or fail, the last two with a remedy. Exit code 0 without a fail, 3 with one.
    """
    config = load_config(path)
    checks = examine(config)
    worst = worst_of(checks)
    if as_json:
        document = {
            "config": str(path),
            "digest": config_digest(config),
            "status": worst,
            "checks": [msgspec.to_builtins(check) for check in checks],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        for check in checks:
            click.echo(_line(check))
        count = {level: sum(check.level is level for check in checks) for level in Level}
        click.echo(f"\n{count[Level.ok]} ok, {count[Level.warn]} warn, {count[Level.fail]} fail")
    return EXIT_ENVIRONMENT if worst is Level.fail else EXIT_PASS


def _line(check: Check) -> str:
    level = click.style(f"{check.level:<4}", fg=_COLOURS[check.level], bold=check.level is not Level.ok)
    line = f"{level}  {check.name}: {check.message}"
    return f"{line}\n      → {check.remedy}" if check.remedy else line
