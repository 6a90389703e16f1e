"""`shadow verify migration`: is a migration safe, on a copy of the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click
import msgspec

from shadow.config.model import Ledger, Redact, Verify
from shadow.errors import ConfigError
from verify.options import EXIT_CODES, FILE, ledger_path, record_checks, redactor_for, section_of


@click.command(name="migration")
@click.option("--command", required=True, help="The migration, as a command line; no shell reads it.")
@click.option("--on", "url", required=True, help="URL of the database to copy; it is only read.")
@click.option("--down", help="The command that undoes it: run after it, and the migration once more.")
@click.option("-c", "--config", type=FILE, help="shadow.yaml: tables, renames and what is ignored of its `verify`.")
@click.option("--copy", type=click.Choice(["auto", "template", "dump"]), default="auto", show_default=True,
              help="How PostgreSQL copies: from a template where nobody is connected, else by dump and restore.")
@click.option("--max-size", type=click.FloatRange(min=0), default=20.0, show_default=True,
              help="GB that the database may take at most; 0: any size.")
@click.option("--max-lock", type=click.FloatRange(min=0), default=0.0,
              help="Seconds that a lock may keep others waiting at most; 0: told and not judged.")
@click.option("--timeout", type=click.FloatRange(min=0), default=3600.0, show_default=True,
              help="Seconds that each command may take; 0: for ever.")
@click.option("--keep", is_flag=True, help="Keep the copies, and say where they are.")
@click.option("--ledger", type=FILE, help="Ledger to write the result to.")
@click.option("--no-ledger", is_flag=True, help="Write no ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print checks, steps, changes and locks as JSON.")
def migration(
    command: str,
    url: str,
    down: str | None,
    config: Path | None,
    copy: Literal["auto", "template", "dump"],
    max_size: float,
    max_lock: float,
    timeout: float,
    keep: bool,
    ledger: Path | None,
    no_ledger: bool,
    as_json: bool,
) -> None:
    """Try a migration on a copy of a database: what it changes, loses and locks, and whether it can be undone.

    The copy's URL is given to the command in the environment as DATABASE_URL (and as PGHOST, PGDATABASE and so on),
    and wherever {url} stands in it. Rows of all columns that are there before and after must be equal; renames,
    columns that are meant to change or to go, and the tables to look at are declared in `verify` of shadow.yaml.

    \b
    Examples:
      shadow verify migration --command "alembic upgrade head" --on postgresql://app@db/shop
      shadow verify migration --command "alembic upgrade head" --down "alembic downgrade -1" --on URL --max-lock 2
      shadow verify migration --command "psql --set ON_ERROR_STOP=1 --file v2.sql {url}" --on postgresql://app@db/shop
      shadow verify migration --command "python manage.py migrate" --on sqlite:///app.db -c shadow.yaml --json

    Exit codes: 0 all checks passed, 10 data are lost or changed, a command failed, or a limit is exceeded,
    11 inconclusive (nothing changed, no rows), 12 a check could not be done, 2 wrong usage or configuration,
    3 no copy can be made, or the environment cannot be used.
    """
    from shadow.clock import SystemClock
    from verify.migration.command import parse_command
    from verify.migration.job import Asked, Trial, try_migration
    from verify.migration.opening import open_scratch
    from verify.migration.show import print_report
    from verify.running.job import worst_of
    from verify.running.show import shown_progress
    from verify.stopping import run_stoppable
    from verify.telling.redaction import by_column

    settings, ledger_settings, redact = _settings(config, url)
    path = ledger_path(ledger, no_ledger, ledger_settings)
    redactor = redactor_for(redact, path)
    if max_lock and not url.lower().startswith(("postgresql:", "postgres:")):
        raise ConfigError("--max-lock needs locks that can be looked at: PostgreSQL's alone.", "Leave it out.")
    scratch = open_scratch(url, copy)
    asked = Asked(
        url=url, up=parse_command(command, "--command"), down=parse_command(down, "--down") if down else (),
        settings=settings, max_bytes=round(max_size * 1e9), max_lock_s=max_lock, timeout_s=timeout,
    )  # fmt: skip

    def hide(text: str) -> str:
        for secret in sorted(scratch.secrets, key=len, reverse=True):
            text = text.replace(secret, "‹password›")
        return redactor.text(text)

    with shown_progress(enabled=not as_json) as progress:
        trial = Trial(
            asked, scratch, clock=SystemClock(), redact=by_column(redactor), hide=hide, progress=progress
        )
        report = run_stoppable(try_migration(trial, scratch, keep=keep))
    if path is not None:
        record_checks(report.checks, path, ledger_settings or Ledger(), redactor.key_id)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        print_report(report)
    sys.exit(EXIT_CODES[worst_of(report.checks)])


def _settings(config: Path | None, url: str) -> tuple[Verify, Ledger | None, Redact]:
    """Return the plan, the ledger of the configuration if there is one, and what to redact."""
    if config is None:
        return Verify(old=url, new=url), None, Redact()
    return section_of(config, "Leave -c out to compare all tables.")
