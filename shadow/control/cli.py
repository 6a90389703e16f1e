"""`shadow pause` and `shadow resume`: the kill switch, and its counterpart."""

from __future__ import annotations

from pathlib import Path

import click

from shadow.control.client import post
from shadow.validation import load_config

_config = click.option(
    "-c", "--config", "path", type=click.Path(path_type=Path), default=Path("shadow.yaml"), show_default=True,
    help="The configuration of the running mirror.",
)  # fmt: skip


@click.command(epilog="Example: shadow pause -c shadow.yaml")
@_config
def pause(path: Path) -> int:
    """Stop mirroring at once; live traffic goes on.

    Requests are counted as skipped(paused) until `shadow resume`, and the ledger notes the gap.
    """
    post(load_config(path), "/api/mirror/pause")
    click.echo("Mirroring is paused; live traffic goes on. Resume with `shadow resume`.")
    return 0


@click.command(epilog="Example: shadow resume -c shadow.yaml")
@_config
def resume(path: Path) -> int:
    """Mirror again after a pause."""
    post(load_config(path), "/api/mirror/resume")
    click.echo("Mirroring goes on.")
    return 0
