"""What the tests of MongoDB share: collections with documents, and runs between two stores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bench.verify.mongod import MongoServer
from shadow.config.model import TablePair, Verify
from shadow.records import DataCheck
from verify.running.job import verify_stores
from verify.stores import open_store

AT = datetime(2026, 1, 31, 23, 59, 59, 999_000)


def filled(mongo: MongoServer, documents: Sequence[dict[str, Any]], collection: str = "t") -> str:
    """Return the URL of a database of its own with one collection."""
    database = mongo.new_database()
    made = mongo.client[database].create_collection(collection)
    if documents:
        made.insert_many([dict(each) for each in documents])
    return mongo.url(database)


def verified(old: str, new: str, *tables: TablePair) -> dict[str, DataCheck]:
    async def run() -> tuple[DataCheck, ...]:
        one, other = open_store(old), open_store(new)
        try:
            return await verify_stores(Verify(old=old, new=new, tables=tables, settle_s=0), one, other)
        finally:
            await one.close()
            await other.close()

    return {check.check: check for check in asyncio.run(run())}
