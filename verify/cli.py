"""`shadow verify`: did the data arrive whole."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from shadow.config.model import Ledger
from shadow.errors import ConfigError
from shadow.records import CheckStatus
from verify.migration.cli import migration
from verify.options import EXIT_CODES, FILE, ledger_path, record_checks, redactor_for, require_two, settings_of
from verify.repair.cli import repair


@click.group(name="verify")
def verify() -> None:
    """Compare the data of the old and the new store."""


verify.add_command(migration)
verify.add_command(repair)


@verify.command(name="run")
@click.option("-c", "--config", type=FILE, help="shadow.yaml with a section `verify`.")
@click.option("--old", help="URL of the old store, instead of a configuration.")
@click.option("--new", help="URL of the new store, instead of a configuration.")
@click.option("--ledger", type=FILE, help="Ledger to write the result to.")
@click.option("--no-ledger", is_flag=True, help="Write no ledger.")
@click.option("--resume", is_flag=True, help="Go on with the run that was killed: finished ranges are not read again.")
@click.option("--as-of", metavar="INSTANT", help="Leave out rows that the old side wrote later: for a restored backup.")
@click.option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster whose workers read ranges of tables.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON on standard output.")
def run(
    config: Path | None,
    old: str | None,
    new: str | None,
    ledger: Path | None,
    no_ledger: bool,
    resume: bool,
    as_of: str | None,
    dask: str | None,
    as_json: bool,
) -> None:
    """Compare two stores: schema, counts, and every row and column.

    \b
    Examples:
      shadow verify run -c shadow.yaml
      shadow verify run --old postgresql://app@old/shop --new postgresql://app@new/shop
      shadow verify run --old sqlite:///old.db --new sqlite:///new.db
      shadow verify run --old sqlite:////srv/app.db --new parquet:/srv/export --no-ledger
      shadow verify run -c shadow.yaml --json > checks.json
      shadow verify run -c shadow.yaml --resume
      shadow verify run -c backup.yaml --as-of 2026-01-31T03:00:00Z
      shadow verify run -c shadow.yaml --dask tcp://scheduler:8786

    Stores are postgresql://user@host/database, mongodb://user@host/database, sqlite:///file, duckdb:///file,
    parquet:file-or-directory and csv:file-or-directory. With --old and --new all tables of the same name are
    compared, and a ledger is written only where --ledger names one.

    Exit codes: 0 all checks passed, 10 differences were found, 11 inconclusive, 12 a check could not be done,
    2 wrong usage or configuration, 3 a store or the environment cannot be used.
    """
    from shadow.ledger.parts import VerifyParts
    from verify.running.job import run_verification, worst_of
    from verify.running.resuming import Checkpoints
    from verify.running.show import print_checks, shown_progress
    from verify.scale import executor_of
    from verify.telling.redaction import by_column

    settings, ledger_settings, redact = settings_of(config, old, new)
    if as_of is not None:
        settings = msgspec.structs.replace(settings, as_of=as_of)
    path = ledger_path(ledger, no_ledger, ledger_settings)
    redactor = redactor_for(redact, path)
    if resume and path is None:
        raise ConfigError("--resume needs the ledger of the run that was killed.", "Name it with --ledger, or give -c.")
    with ExitStack() as stack:
        progress = stack.enter_context(shown_progress(enabled=not as_json))
        checkpoints = Checkpoints()
        if path is not None:
            parts = stack.enter_context(VerifyParts.open(path, ledger_settings or Ledger(), redactor.key_id))
            checkpoints = Checkpoints(parts)
            if not resume:
                checkpoints.over()
            elif parts.is_empty():
                click.echo("--resume: no run was killed that had finished a range; everything is read.", err=True)
        checks = run_verification(
            settings, redact=by_column(redactor), progress=progress, checkpoints=checkpoints,
            executor=executor_of(settings, dask),
        )
        if path is not None:
            checks = record_checks(checks, path, ledger_settings or Ledger(), redactor.key_id)
        if all(check.status is not CheckStatus.error for check in checks):
            checkpoints.over()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(checks), indent=2))
    else:
        print_checks(checks)
    sys.exit(EXIT_CODES[worst_of(checks)])


@verify.command(name="plan")
@click.option("--old", required=True, help="URL of the old store.")
@click.option("--new", required=True, help="URL of the new store.")
@click.option("--out", type=FILE, help="Write to this file instead of standard output; one that exists is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print what was matched as JSON.")
def plan(old: str, new: str, out: Path | None, as_json: bool) -> None:
    """Look at both stores and write a commented draft of the section `verify`.

    Tables and columns are matched by name, then by names that sound alike; each assumption is a comment, and what
    only one side has is said to be not verified. Nothing is read but the schemas.

    \b
    Examples:
      shadow verify plan --old postgresql://app@old/shop --new postgresql://app@new/shop
      shadow verify plan --old sqlite:///old.db --new postgresql://app@new/shop --out verify.yaml
    """
    from verify.planning.draft import draft, match_tables, suggested
    from verify.running.opening import describe_both

    require_two(old, new)
    sides = describe_both(old, new)
    if as_json:
        matches, only_old, only_new = match_tables(sides)
        likely = suggested(sides, only_old, only_new)
        found = {"tables": matches, "only_old": only_old, "only_new": only_new, "likely": likely}
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    text = draft(old, new, sides)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{out} exists already.", "Name another file, or move it away.") from None
    except OSError as error:
        remedy = "Name a file in a folder of yours."
        raise ConfigError(f"{out} cannot be written ({error.strerror}).", remedy) from error
    click.echo(f"written: {out}", err=True)
