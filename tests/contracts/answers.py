"""What the contracts share: a run between two stores that a test has opened, and that nobody needs afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from shadow.config.model import Verify
from shadow.records import DataCheck
from verify.running.job import verify_stores
from verify.store import Store


def answers(old: Store, new: Store, **settings: Any) -> tuple[DataCheck, ...]:
    """Verify two open stores, without waiting for rows in flight, and close them."""

    async def run() -> tuple[DataCheck, ...]:
        try:
            return await verify_stores(Verify(**{"old": "old", "new": "new", "settle_s": 0, **settings}), old, new)
        finally:
            await old.close()
            await new.close()

    return asyncio.run(run())


def misjudged(
    checks: Iterable[DataCheck], cases: Mapping[str, tuple[Any, ...]], same: int, key: str
) -> list[tuple[Any, ...]]:
    """Return the cases, by table, that were judged wrongly: the first `same` of them are equal, the others differ in
    column v of the row with this key."""
    found = {check.pair: check for check in checks if check.check == "rows"}
    return [
        (case, found[name].status, found[name].reason)
        for n, (name, case) in enumerate(cases.items())
        if (found[name].status.value, [(one.column, one.key) for one in found[name].findings])
        != (("pass", []) if n < same else ("fail", [("v", key)]))
    ]
