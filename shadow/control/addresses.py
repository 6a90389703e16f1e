"""Where a running mirror can be asked: in a file beside the ledger, so that port 0 can be found."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shadow.config.model import Config


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """`host:port` of what is bound; empty where it is not."""

    api: str = ""
    probes: str = ""


def addresses_path(config: Config) -> Path:
    """Return `<ledger>.control`. It is there while the mirror runs."""
    ledger = Path(config.ledger.path)
    return ledger.with_name(ledger.name + ".control")
