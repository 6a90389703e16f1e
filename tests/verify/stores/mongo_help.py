"""What the tests of MongoDB share: collections with documents, and runs between two stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bench.verify.mongod import MongoServer

AT = datetime(2026, 1, 31, 23, 59, 59, 999_000)


def filled(mongo: MongoServer, documents: Sequence[dict[str, Any]], collection: str = "t") -> str:
    """Return the URL of a database of its own with one collection."""
    database = mongo.new_database()
    made = mongo.client[database].create_collection(collection)
    if documents:
        made.insert_many([dict(each) for each in documents])
    return mongo.url(database)

