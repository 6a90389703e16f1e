"""`shadow verify repair`: write down what would make one side like the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click
import msgspec

from shadow.errors import EXIT_FAIL, EXIT_PASS, ConfigError
from verify.options import FILE, settings_of


@click.command(name="repair")
@click.option("-c", "--config", type=FILE, help="shadow.yaml with a section `verify`.")
@click.option("--old", help="URL of the old store, instead of a configuration.")
@click.option("--new", help="URL of the new store, instead of a configuration.")
@click.option("--out", type=FILE, help="File to write: fix.sql, for MongoDB fix.js; the undo lies beside it.")
@click.option("--side", type=click.Choice(["new", "old"]), default="new", show_default=True,
              help="The side that is to be changed, into what the other one holds.")
@click.option("--table", "tables", multiple=True, help="Only this table, by its old name; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), default=100_000, show_default=True,
              help="Rows at most; they are held in memory.")
@click.option("--check", type=FILE, help="Compare only the rows that this repair file is about.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written or found as JSON.")
def repair(
    config: Path | None,
    old: str | None,
    new: str | None,
    out: Path | None,
    side: Literal["new", "old"],
    tables: tuple[str, ...],
    limit: int,
    check: Path | None,
    as_json: bool,
) -> None:
    """Write a file of statements that would make one side like the other; nothing is changed by this command.

    Both stores are compared anew, differing rows are read again, and each becomes a statement that changes it only if
    it still is what was seen. A second file (fix.undo.sql) takes it all back. Both hold values of your data, and only
    you may read them. Read them, run them with the database's own client, then compare these rows with --check.

    \b
    Examples:
      shadow verify repair -c shadow.yaml --out fix.sql
      shadow verify repair -c shadow.yaml --out fix.sql --table orders --table customers
      psql --set ON_ERROR_STOP=1 -f fix.sql "$NEW_DATABASE"
      shadow verify repair -c shadow.yaml --check fix.sql
      shadow verify repair -c shadow.yaml --out fix.js
      mongosh "$NEW_DATABASE" fix.js

    Exit codes: 0 written, nothing to repair, or all rows equal; 10 rows are left that differ, or could not be
    repaired; 2 wrong usage or configuration, 3 a store cannot be used.
    """
    from verify.repair.job import check_repair, write_repair
    from verify.running.show import shown_progress
    from verify.stopping import run_stoppable

    if (out is None) == (check is None):
        raise ConfigError("Either a repair is written or one is checked.", "Give --out FILE or --check FILE.")
    settings = settings_of(config, old, new)[0]
    if check is not None:
        checked = run_stoppable(check_repair(settings, check))
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(checked), indent=2))
        else:
            click.echo(f"{checked.equal:,} rows equal, {checked.differ:,} differ")
            for example in checked.examples:
                click.echo(f"  differs: {example}")
        sys.exit(EXIT_FAIL if checked.differ else EXIT_PASS)
    assert out is not None
    undo = out.with_suffix(f".undo{out.suffix}")
    for path in (out, undo):
        if path.exists():
            raise ConfigError(f"{path} exists already.", "Name another file, or move it away.")
    with shown_progress(enabled=not as_json) as progress:
        written = run_stoppable(write_repair(settings, side, tables, out, undo, limit, progress))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(written), indent=2))
    else:
        click.echo(
            f"{written.updates:,} rows to update, {written.inserts:,} to insert, {written.deletes:,} to delete"
            + (f": {written.out}, undone by {written.undo}" if written.out else "; no file was written")
        )
        for why, n in written.left_out.items():
            click.echo(f"  left out: {n:,}: {why}")
    sys.exit(EXIT_FAIL if written.left_out else EXIT_PASS)
