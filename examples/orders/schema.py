"""The tables of the orders example: the old schema, and what the new one calls differently."""

from __future__ import annotations

# The new backend renames one table and one column; everything else keeps its name, type and constraints.
RENAMED_TABLES = {"order_items": "order_lines"}
RENAMED_COLUMNS = {("customers", "tel"): "phone"}

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "products": (
        ("id", "INTEGER PRIMARY KEY"),
        ("sku", "TEXT NOT NULL"),
        ("name", "TEXT NOT NULL"),
        ("category", "TEXT NOT NULL"),
        ("price_cents", "INTEGER NOT NULL"),
        ("weight_kg", "REAL NOT NULL"),
        ("tags", "TEXT NOT NULL"),
        ("version", "INTEGER NOT NULL"),
        ("thumbnail", "BLOB NOT NULL"),
    ),
    "customers": (
        ("id", "INTEGER PRIMARY KEY"),
        ("given_name", "TEXT NOT NULL"),
        ("family_name", "TEXT NOT NULL"),
        ("email", "TEXT NOT NULL"),
        ("tel", "TEXT"),
        ("country", "TEXT NOT NULL"),
        ("city", "TEXT NOT NULL"),
        ("newsletter", "INTEGER NOT NULL"),
        ("created_at", "TEXT NOT NULL"),
    ),
    "orders": (
        ("id", "INTEGER PRIMARY KEY"),
        ("customer_id", "INTEGER NOT NULL"),
        ("status", "TEXT NOT NULL"),
        ("currency", "TEXT NOT NULL"),
        ("total_cents", "INTEGER NOT NULL"),
        ("placed_at", "TEXT NOT NULL"),
    ),
    "order_items": (
        ("order_id", "INTEGER NOT NULL"),
        ("position", "INTEGER NOT NULL"),
        ("product_id", "INTEGER NOT NULL"),
        ("quantity", "INTEGER NOT NULL"),
        ("unit_cents", "INTEGER NOT NULL"),
        ("PRIMARY KEY", "(order_id, position)"),
    ),
    "payments": (
        ("id", "INTEGER PRIMARY KEY"),
        ("order_id", "INTEGER NOT NULL"),
        ("method", "TEXT NOT NULL"),
        ("amount_cents", "INTEGER NOT NULL"),
        ("paid_at", "TEXT NOT NULL"),
    ),
    "shipments": (
        ("id", "INTEGER PRIMARY KEY"),
        ("order_id", "INTEGER NOT NULL"),
        ("carrier", "TEXT NOT NULL"),
        ("tracking_code", "TEXT NOT NULL"),
        ("shipped_at", "TEXT NOT NULL"),
        ("delivered_at", "TEXT"),
    ),
    "invoices": (
        ("id", "INTEGER PRIMARY KEY"),
        ("number", "TEXT NOT NULL"),
        ("order_id", "INTEGER NOT NULL"),
        ("customer_id", "INTEGER NOT NULL"),
        ("amount_cents", "INTEGER NOT NULL"),
        ("issued_at", "TEXT NOT NULL"),
    ),
    "customer_notes": (
        ("id", "INTEGER PRIMARY KEY"),
        ("customer_id", "INTEGER NOT NULL"),
        ("author", "TEXT NOT NULL"),
        ("text", "TEXT NOT NULL"),
        ("written_at", "TEXT NOT NULL"),
    ),
    "audit_events": (
        ("id", "INTEGER PRIMARY KEY"),
        ("actor", "TEXT NOT NULL"),
        ("action", "TEXT NOT NULL"),
        ("happened_at", "TEXT NOT NULL"),
    ),
    # Writes of clients land here and no read shows them: only the primary receives writes, so a read that
    # showed them would differ between the backends for a reason that is no divergence.
    "intake": (
        ("reference", "TEXT PRIMARY KEY"),
        ("document", "TEXT NOT NULL"),
        ("received_at", "TEXT NOT NULL"),
    ),
}

INDEXES: tuple[tuple[str, str], ...] = (
    ("products", "sku"),
    ("products", "category"),
    ("customers", "country"),
    ("orders", "customer_id"),
    ("orders", "status"),
    ("orders", "placed_at"),
    ("payments", "order_id"),
    ("shipments", "order_id"),
    ("invoices", "order_id"),
    ("customer_notes", "customer_id"),
    ("audit_events", "happened_at"),
)


def new_table(table: str) -> str:
    """The new backend's name of an old table."""
    return RENAMED_TABLES.get(table, table)


def new_column(table: str, column: str) -> str:
    """The new backend's name of a column of an old table."""
    return RENAMED_COLUMNS.get((table, column), column)


def column_names(table: str) -> tuple[str, ...]:
    """The columns of an old table, table constraints left out."""
    return tuple(name for name, _ in COLUMNS[table] if name != "PRIMARY KEY")


def create_statements(*, renamed: bool) -> list[str]:
    """The statements that create the old schema, or the new one (`renamed`)."""
    statements = []
    for table, columns in COLUMNS.items():
        name = new_table(table) if renamed else table
        body = ", ".join(f"{new_column(table, column) if renamed else column} {kind}" for column, kind in columns)
        statements.append(f"CREATE TABLE {name} ({body})")
    for table, column in INDEXES:
        statements.append(f"CREATE INDEX {table}_{column} ON {table} ({column})")
    return statements
