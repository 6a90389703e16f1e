"""`shadow demo`: the example migration from end to end."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import click

EPILOG = """\b
Examples:
  shadow demo
  shadow demo --fixed
  shadow demo --fixed --requests 300     (too little evidence: inconclusive, never GO)

\b
Exit codes: 0 the verdict is the expected one: NO-GO with every planted divergence
and nothing else, or with --fixed GO or inconclusive without a finding;
10 it is another one; 3 the environment has to change; 2 wrong usage.
"""


@click.command(epilog=EPILOG)
@click.option("--fixed", is_flag=True, help="Run against a corrected candidate and database.")
@click.option(
    "--requests", type=click.IntRange(min=1), default=5000, show_default=True, help="How many requests to send."
)
@click.option(
    "--rate", type=click.FloatRange(min=0), default=300.0, show_default=True,
    help="Requests per second; 0 is as fast as it goes.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("shadow-out/demo"), show_default=True,
    help="Folder for databases, logs, ledger and report.",
)  # fmt: skip
def demo(fixed: bool, requests: int, rate: float, out: Path) -> int:
    """Run the example migration from end to end and judge it.

    An old backend, a second copy of it, and a new one; a client's traffic through the mirror; the data check, the
    gate and the report. The new backend and the migration are wrong on purpose (examples/orders/README.md).
    """
    from shadow.demo import Settings, find_example, run_demo
    from shadow.demo.screen import Screen

    example = find_example()
    # A terminated demo, or one whose terminal was closed, ends its processes as an interrupted one does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    return run_demo(example, Settings(out=out, fixed=fixed, requests=requests, rate=rate), Screen())


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
