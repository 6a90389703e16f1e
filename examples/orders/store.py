"""What both backends of the example share: reading a SQLite file, and how rows look in the API."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

Row = dict[str, Any]

EXPORTED = "SELECT * FROM orders WHERE placed_at >= ? AND placed_at < ? ORDER BY id LIMIT 300"


class Database:
    """One file, with one connection for each thread that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "db"):
            self._local.db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            self._local.db.row_factory = sqlite3.Row
            self._local.db.execute("PRAGMA synchronous = NORMAL")
        found: sqlite3.Connection = self._local.db
        return found

    def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query as dictionaries."""
        return [dict(row) for row in self._connection().execute(sql, values)]

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row of a query, None where there is none."""
        row = self._connection().execute(sql, values).fetchone()
        return None if row is None else dict(row)

    def of_month(self, sql: str, month: str) -> list[Row]:
        """All rows of a query with two marks, for the first and the last instant of a month (YYYY-MM)."""
        return self.rows(sql, f"{month}-01", f"{month}-99")


def filtered(column: str, value: str | None) -> tuple[str, tuple[str, ...]]:
    """The WHERE clause of a list, with its values; empty where nothing is filtered."""
    return ("", ()) if value is None else (f"WHERE {column} = ?", (value,))


def money(cents: int) -> float:
    """An amount as the API shows it."""
    return cents / 100


def product_view(row: Row) -> Row:
    """A product as the API shows it."""
    return {
        "id": row["id"], "sku": row["sku"], "name": row["name"], "category": row["category"],
        "price": money(row["price_cents"]), "weight_kg": row["weight_kg"], "tags": json.loads(row["tags"]),
    }  # fmt: skip


def customer_view(row: Row, phone: str | None) -> Row:
    """A customer as the API shows one."""
    kept = {name: row[name] for name in ("id", "email", "country", "city", "created_at")}
    name = f"{row['given_name']} {row['family_name']}"
    return kept | {"name": name, "phone": phone, "newsletter": bool(row["newsletter"])}


def order_line(row: Row) -> Row:
    """An order in a customer's list of orders."""
    return {"id": row["id"], "total": money(row["total_cents"]), "placed_at": row["placed_at"]}


def item_view(row: Row) -> Row:
    """One item of an order."""
    price = money(row["unit_cents"])
    return {k: row[k] for k in ("position", "product_id", "quantity")} | {"unit_price": price}


def payment_view(row: Row) -> Row:
    """One payment of an order."""
    return {k: row[k] for k in ("id", "method", "paid_at")} | {"amount": money(row["amount_cents"])}


def sheet(orders: list[Row], line_end: str) -> bytes:
    """Orders as CSV with a head line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(("id", "customer", "status", "total"))
    for row in orders:
        writer.writerow((row["id"], row["customer_id"], row["status"], f"{money(row['total_cents']):.2f}"))
    return text.getvalue().encode()
