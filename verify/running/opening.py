"""Opening the stores of both sides, and letting go of both whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from verify.planning.plan import Sides
from verify.stopping import at_once, run_stoppable
from verify.store import Snapshot, Store
from verify.stores import open_store


@asynccontextmanager
async def both_open(old: str, new: str) -> AsyncIterator[tuple[Store, Store]]:
    """Hold the stores behind two URLs. Raises StoreError."""
    async with AsyncExitStack() as stack:
        stores = []
        for url in (old, new):
            stores.append(open_store(url))
            stack.push_async_callback(stores[-1].close)
        yield stores[0], stores[1]


@asynccontextmanager
async def both_seen(old: Store, new: Store) -> AsyncIterator[tuple[Snapshot, Snapshot]]:
    """Hold a snapshot of each store, begun at once: what is written between them is a difference. Raises StoreError."""
    async with AsyncExitStack() as stack:
        yield await at_once(*(stack.enter_async_context(store.snapshot()) for store in (old, new)))


async def sides_of(old: Store, new: Store) -> Sides:
    """Return what two stores say about themselves, asked at once: MongoDB reads all documents for it. Raises
    StoreError."""
    tables = await at_once(old.describe(), new.describe())
    return Sides(old=tables[0], new=tables[1], old_dialect=old.dialect, new_dialect=new.dialect)


def describe_both(old: str, new: str) -> Sides:
    """Return what the stores behind two URLs say about themselves. Raises StoreError. Must not be called from a
    running event loop."""

    async def run() -> Sides:
        async with both_open(old, new) as stores:
            return await sides_of(*stores)

    return run_stoppable(run())
