"""What the tests of the verifier share: a run between two URLs, as a command makes it."""

from __future__ import annotations

from typing import Any

from shadow.config.model import TablePair, Verify
from shadow.records import DataCheck
from verify.running.job import run_verification, verify_stores
from verify.running.opening import both_open


def verified(old: str, new: str, *tables: TablePair, **settings: Any) -> dict[str, DataCheck]:
    """Return the checks by name, of one pair of tables or of none: without waiting for rows in flight."""
    wanted = Verify(**{"old": old, "new": new, "tables": tables, "settle_s": 0, **settings})
    return {check.check: check for check in run_verification(wanted)}


async def verified_meanwhile(old: str, new: str, *tables: TablePair, **settings: Any) -> dict[str, DataCheck]:
    """Return the checks by name, from a loop in which something else goes on; rows in flight are waited for."""
    wanted = Verify(**{"old": old, "new": new, "tables": tables, **settings})
    async with both_open(old, new) as stores:
        return {check.check: check for check in await verify_stores(wanted, *stores)}
