"""Create the old backend's database, the same for the same seed: 2,000 customers, 20,000 orders and their rest.

    python examples/orders/seed.py --db old.db
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schema import COLUMNS, column_names, create_statements

CUSTOMERS = 2_000
ORDERS = 20_000
PRODUCTS = 400
SHIPMENTS = 12_000
NOTES = 3_000
EVENTS = 5_000

# The row in which two audit events share one second: a migration that pages by time in steps of
# PAGE loses the second of them.
PAGE = 500
LONG_NOTE = 1_234

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 540
GIVEN = ("Ada", "Bjørn", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Håkon", "Inês", "Jan", "Keiko", "Liam")
FAMILY = (
    "Smith", "Müller", "O'Brien", "Núñez", "Kowalska", "Sørensen", "D'Angelo", "Okafor", "Yılmaz", "García",
    "Novák", "Rossi", "Lindqvist", "Tanaka", "Dubois", "van Dijk", "Papadopoulos", "Haddad", "Silva", "Weber",
)  # fmt: skip
CITIES = (("DE", "Köln"), ("FR", "Lyon"), ("NO", "Bergen"), ("PT", "Porto"), ("PL", "Gdańsk"), ("IE", "Cork"))
CATEGORIES = ("books", "garden", "kitchen", "office", "toys")
TAGS = ("new", "sale", "fragile", "gift", "bulky")
STATUSES = ("new", "paid", "shipped", "delivered", "cancelled")
METHODS = ("card", "transfer", "invoice")
CARRIERS = ("DHL", "GLS", "Nordpost")

Rows = Iterator[tuple[object, ...]]


def instant(at: datetime) -> str:
    """An instant as both backends store it: UTC, whole seconds, `Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def png(red: int, green: int, blue: int) -> bytes:
    """A 16 by 16 picture in one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    pixels = (b"\x00" + bytes((red, green, blue)) * 16) * 16
    chunks = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(pixels, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def products(rng: random.Random) -> Rows:
    """The catalogue; a third of it has no tags."""
    for number in range(1, PRODUCTS + 1):
        tags = rng.sample(TAGS, rng.choice((0, 1, 2)))
        yield (
            number, f"SKU-{number:05d}", f"Article № {number}", CATEGORIES[number % len(CATEGORIES)],
            rng.randrange(95, 25_000), rng.randrange(1, 4_000) / 128, json.dumps(sorted(tags)), rng.randrange(1, 9),
            png(number % 256, (number * 7) % 256, (number * 13) % 256),
        )  # fmt: skip


def customers(rng: random.Random) -> Rows:
    """The customers; three in ten have no telephone."""
    for number in range(1, CUSTOMERS + 1):
        country, city = rng.choice(CITIES)
        tel = None if rng.random() < 0.3 else f"+49 221 {rng.randrange(10_000, 99_999)}"
        created = FIRST_DAY - timedelta(days=rng.randrange(1, 900), seconds=rng.randrange(86_400))
        yield (
            number, rng.choice(GIVEN), rng.choice(FAMILY), f"customer{number}@example.com", tel, country, city,
            int(rng.random() < 0.4), instant(created),
        )  # fmt: skip


def audit_events(rng: random.Random) -> Rows:
    """Events in order of time, each in a second of its own but for one pair."""
    at = FIRST_DAY
    for number in range(1, EVENTS + 1):
        if number != 3 * PAGE + 1:
            at += timedelta(seconds=rng.randrange(1, 9_000))
        yield number, f"clerk{rng.randrange(1, 30)}", rng.choice(("login", "price", "refund", "export")), instant(at)


def customer_notes(rng: random.Random) -> Rows:
    """Notes of at most 90 characters, but for one."""
    for number in range(1, NOTES + 1):
        text = f"Called about order {rng.randrange(1, ORDERS)}, " + rng.choice(
            ("wants an invoice by post.", "asks for another colour – promised an answer.", "was content.")
        )
        if number == LONG_NOTE:
            text = "Delivery only by arrangement: ring twice, the bell of the front house is out of order, go "
            text += "through the yard, second door on the left, and leave no parcels with the shop downstairs."
        written = FIRST_DAY + timedelta(days=rng.randrange(DAYS), seconds=rng.randrange(86_400))
        yield number, rng.randrange(1, CUSTOMERS + 1), f"clerk{rng.randrange(1, 30)}", text, instant(written)


def fill_orders(db: sqlite3.Connection, rng: random.Random, prices: dict[int, int]) -> None:
    """Orders with their items, payments, shipments and invoices; an order's total is the sum of its items."""
    orders: list[tuple[object, ...]] = []
    items: list[tuple[object, ...]] = []
    payments: list[tuple[object, ...]] = []
    shipments: list[tuple[object, ...]] = []
    invoices: list[tuple[object, ...]] = []
    for number in range(1, ORDERS + 1):
        placed = FIRST_DAY + timedelta(days=rng.randrange(DAYS), seconds=rng.randrange(86_400))
        customer = rng.randrange(1, CUSTOMERS + 1)
        total = 0
        for position in range(1, rng.randrange(1, 5) + 1):
            product = rng.randrange(1, PRODUCTS + 1)
            quantity, unit = rng.randrange(1, 6), prices[product] + rng.randrange(-40, 41)
            total += quantity * unit
            items.append((number, position, product, quantity, unit))
        orders.append((number, customer, rng.choice(STATUSES), "EUR", total, instant(placed)))
        parts = (total,) if rng.random() < 0.8 else (total // 2, total - total // 2)
        for part in parts:
            paid = placed + timedelta(seconds=rng.randrange(60, 900_000))
            payments.append((len(payments) + 1, number, rng.choice(METHODS), part, instant(paid)))
        if number <= SHIPMENTS:
            shipped = placed + timedelta(hours=rng.randrange(10, 90))
            delivered = None if rng.random() < 0.1 else instant(shipped + timedelta(hours=rng.randrange(20, 200)))
            code = f"{rng.randrange(16**10):010X}"
            shipments.append((number, number, rng.choice(CARRIERS), code, instant(shipped), delivered))
        invoices.append((number, f"R-{placed.year}-{number:06d}", number, customer, total, instant(placed)))
    for table, rows in (
        ("orders", orders), ("order_items", items), ("payments", payments), ("shipments", shipments),
        ("invoices", invoices),
    ):  # fmt: skip
        insert(db, table, iter(rows))


def insert(db: sqlite3.Connection, table: str, rows: Rows) -> None:
    """Insert rows in the order of the table's columns."""
    db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in column_names(table))})", rows)


def create(path: Path, seed: int = 1) -> None:
    """Create the database anew. An existing file of that name is replaced."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    rng = random.Random(seed)
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        for statement in create_statements(renamed=False):
            db.execute(statement)
        insert(db, "products", products(rng))
        insert(db, "customers", customers(rng))
        fill_orders(db, rng, dict(db.execute("SELECT id, price_cents FROM products")))
        insert(db, "customer_notes", customer_notes(rng))
        insert(db, "audit_events", audit_events(rng))
        db.commit()
    finally:
        db.close()


def main() -> None:
    """Create the database and print how many rows each table has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    create(arguments.db, arguments.seed)
    db = sqlite3.connect(arguments.db)
    for table in COLUMNS:
        print(f"{table:16} {db.execute(f'SELECT COUNT(*) FROM {table}').fetchone()[0]:7,}")
    db.close()


if __name__ == "__main__":
    main()
