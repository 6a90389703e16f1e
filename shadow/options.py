"""Options that the commands of several jobs take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

config_option = click.option(
    "-c", "--config", "path", type=click.Path(path_type=Path), default="shadow.yaml", show_default=True,
    help="The configuration.",
)  # fmt: skip


def instant(text: str) -> float:
    """Return the Unix seconds of an ISO 8601 instant; one without an offset is UTC.

    Raises ValueError for anything else, which click turns into a usage error.
    """
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
