"""`shadow ledger`: look after the store of evidence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shadow.clock import SystemClock
from shadow.config import load_config
from shadow.errors import LedgerError

EXAMPLES = """\b
Examples:
  shadow ledger compact -c shadow.yaml
  shadow ledger compact -c shadow.yaml --json
"""

MOST_STEPS = 1_000_000


@click.group()
def ledger() -> None:
    """Look after the store of evidence."""


@ledger.command(epilog=EXAMPLES)
@click.option(
    "-c", "--config", "path", type=click.Path(path_type=Path), default="shadow.yaml", show_default=True,
    help="The configuration.",
)  # fmt: skip
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
