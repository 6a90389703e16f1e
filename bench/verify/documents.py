"""The collections that are compared: the orders as documents, and a mixture of three shapes beside a table of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from bson import Decimal128, Int64

from bench.verify.mongod import MongoServer
from bench.verify.orders import TABLE
from bench.verify.servers import PostgresServer

MIXED = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer uuid NOT NULL, status text, placed_at timestamptz,
    total numeric(12,2), weight float8, tags jsonb NOT NULL, meta jsonb, paid bool, note text);
INSERT INTO orders
SELECT g, md5(g::text)::uuid,
       CASE WHEN g * 7919 % 100 >= 10 THEN (ARRAY['new', 'paid', 'shipped', 'cancelled'])[1 + (g % 4)::int] END,
       CASE WHEN g * 104729 % 100 >= 10 THEN timestamptz '2020-01-01' + g * interval '37.001 s' END,
       CASE WHEN g * 1299709 % 100 >= 10 THEN (g % 1000000) / 100.0 END,
       CASE WHEN g * 15485863 % 100 >= 10 THEN (g % 1000) / 8.0 END,
       to_jsonb((ARRAY['red', 'green', 'blue', 'fragile'])[1:(g % 5)::int]),
       CASE WHEN g * 32452843 % 100 >= 10 THEN jsonb_build_object('source', 'web', 'items', g % 7) END,
       CASE WHEN g * 49979687 % 100 >= 10 THEN g % 2 = 0 END,
       CASE WHEN g * 67867967 % 100 >= 10 THEN 'note for order number ' || g END
FROM generate_series(1::bigint, {rows}) AS g;
"""
"""A tenth of each optional column is NULL, and so lacking in the documents."""

_BATCH = 5_000


def build_orders(postgres: PostgresServer, mongo: MongoServer, rows: int) -> tuple[str, str]:
    """Return the URLs of the orders as a table and as a collection."""
    database = postgres.new_database()
    postgres.execute(database, TABLE.format(rows=rows))
    postgres.execute(database, "VACUUM ANALYZE orders")
    return postgres.url(database), _filled(postgres, mongo, database, _order)


def build_mixed(postgres: PostgresServer, mongo: MongoServer, rows: int) -> tuple[str, str]:
    """Return the URLs of the mixture as a table and as a collection: three shapes, one array, a tenth lacking."""
    database = postgres.new_database()
    postgres.execute(database, MIXED.format(rows=rows))
    postgres.execute(database, "VACUUM ANALYZE orders")
    return postgres.url(database), _filled(postgres, mongo, database, _mixed)


def copied(mongo: MongoServer, url: str) -> str:
    """Return the URL of a copy of a database's orders."""
    source, target = url.rpartition("/")[2].partition("?")[0], mongo.new_database()
    mongo.client[source]["orders"].aggregate([{"$out": {"db": target, "coll": "orders"}}])
    return direct(mongo, target)


def direct(mongo: MongoServer, database: str) -> str:
    """Return a URL whose port is the one that is connected to, whatever the server calls itself: a relay's, too."""
    return f"mongodb://127.0.0.1:{mongo.port}/{database}?directConnection=true"


def _filled(postgres: PostgresServer, mongo: MongoServer, database: str, document: Any) -> str:
    name = mongo.new_database()
    collection = mongo.client[name]["orders"]

    async def copy(connection: Any) -> None:
        async with connection.transaction():
            cursor = await connection.cursor("SELECT * FROM orders ORDER BY id")
            while rows := await cursor.fetch(_BATCH):
                collection.insert_many([document(dict(row)) for row in rows], ordered=False)

    postgres.use(database, copy)
    return direct(mongo, name)


def _order(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": Int64(row["id"]), "customer": uuid.UUID(bytes=row["customer"].bytes), "status": row["status"],
        "placed_at": row["placed_at"], "total": Decimal128(row["total"]), "meta": json.loads(row["meta"]),
        "paid": row["paid"], "note": row["note"],
    }  # fmt: skip


def _mixed(row: dict[str, Any]) -> dict[str, Any]:
    """Return one of three shapes: as the table has it; the other way round; with doubles and a field of its own."""
    shape = row["id"] % 3
    found: dict[str, Any] = {
        "customer": uuid.UUID(bytes=row["customer"].bytes), "status": row["status"], "placed_at": row["placed_at"],
        "total": row["total"], "weight": row["weight"], "tags": json.loads(row["tags"]),
        "meta": None if row["meta"] is None else json.loads(row["meta"]), "paid": row["paid"], "note": row["note"],
    }  # fmt: skip
    if found["total"] is not None:
        found["total"] = float(row["total"]) if shape == 2 else Decimal128(row["total"])
    fields = list(_present(found))
    if shape == 1:
        fields.reverse()
    if shape == 2:
        fields.append(("imported", True))
    return {"_id": Int64(row["id"]), **dict(fields)}


def _present(fields: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in fields.items() if value is not None)
