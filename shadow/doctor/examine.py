"""All checks in the order in which they are shown."""

from __future__ import annotations

from datetime import UTC, datetime

from shadow.config import Config
from shadow.doctor.check import Check
from shadow.doctor.disk import disk_checks
from shadow.doctor.evidence import evidence_checks
from shadow.doctor.host import host_checks, read_host
from shadow.doctor.network import network_checks
from shadow.doctor.stores import store_checks


def examine(config: Config) -> tuple[Check, ...]:
    """Check a configuration against the world; takes at most the sum of the legs' connect time-outs.

    Opens and closes connections and temporary files, and leaves nothing behind.
    """
    host = read_host()
    today = datetime.fromtimestamp(host.now, UTC).date()
    return (
        *network_checks(config),
        *disk_checks(config),
        *store_checks(config),
        *host_checks(config, host),
        *evidence_checks(config, today),
    )
