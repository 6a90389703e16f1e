"""`shadow ledger`: look after the store of evidence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shadow.clock import SystemClock
from shadow.errors import LedgerError
from shadow.options import config_option, instant
from shadow.validation import load_config

EXAMPLES = """\b
Examples:
  shadow ledger compact -c shadow.yaml
  shadow ledger compact -c shadow.yaml --json
"""

MARK_EXAMPLES = """\b
Examples:
  shadow ledger mark-load --since 2026-02-01T09:00Z --until 2026-02-01T09:30Z
  shadow ledger mark-load --since 2026-02-01T09:00Z --until 2026-02-01T09:30Z --note "k6, 400/s" --json
"""

MOST_STEPS = 1_000_000


@click.group()
def ledger() -> None:
    """Look after the store of evidence."""


@ledger.command(epilog=EXAMPLES)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a line.")
def compact(path: Path, as_json: bool) -> None:
    """Fold blocks that have aged into hours and days.

    A mirror that runs does it by itself; no sum ever changes.
    """
    from shadow.ledger.writer import LedgerWriter

    config = load_config(path)
    place = Path(config.ledger.path)
    if not place.exists():
        raise LedgerError(f"There is no ledger at {place}.", "Set ledger.path to the ledger that a mirror wrote.")
    with LedgerWriter.open(place, config.ledger) as writer:
        steps = writer.compact(SystemClock().now(), MOST_STEPS)
    if as_json:
        click.echo(json.dumps({"ledger": str(place), "steps": steps}))
    else:
        click.echo(f"{place}: folded in {steps:,} step{'' if steps == 1 else 's'}.")


@ledger.command("mark-load", epilog=MARK_EXAMPLES)
@config_option
@click.option("--since", type=instant, metavar="INSTANT", required=True, help="When the load began (ISO 8601, UTC).")
@click.option("--until", type=instant, metavar="INSTANT", required=True, help="When it ended.")
@click.option("--note", default="", help="What made the load.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a line.")
def mark_load(path: Path, since: float, until: float, note: str, as_json: bool) -> None:
    """Mark a time in which the candidate was put under load.

    Rate, usual peak and failures are counted from the ledger; the gate's criterion `load` judges them.
    """
    from shadow.ledger import loadrun

    if not since < until <= SystemClock().now():
        raise click.UsageError("--since has to lie before --until, and both in the past.")
    config = load_config(path)
    run, found = loadrun.mark_load(Path(config.ledger.path), config.ledger, since, until, note)
    if as_json:
        click.echo(json.dumps({"id": run.id, "build": run.build, "factor": run.factor, "rate": found.rate,
                               "peak": found.peak, "requests": run.requests, "failed": run.failed}))  # fmt: skip
    else:
        click.echo(
            f"Marked {run.id}: {run.factor:.2f} times the usual peak ({found.rate:.1f}/s for "
            f"{(run.finished_at - run.started_at) / 60:.0f} minutes, the peak is {found.peak:.1f}/s), "
            f"{run.requests:,} requests, {run.failed:,} failed, candidate {run.build}."
        )
