"""The table that is compared: orders of about 200 bytes, and copies of it with planted differences."""

from __future__ import annotations

from bench.verify.servers import PostgresServer

TABLE = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer uuid NOT NULL, status text NOT NULL,
    placed_at timestamptz NOT NULL, total numeric(12,2) NOT NULL, meta jsonb NOT NULL, paid bool NOT NULL, note text);
INSERT INTO orders
SELECT g * 3 + g % 3, md5(g::text)::uuid, (ARRAY['new', 'paid', 'shipped', 'cancelled'])[1 + g % 4],
       timestamptz '2020-01-01' + g * interval '37.000123 s', (g % 1000000) / 100.0,
       jsonb_build_object('source', (ARRAY['web', 'app', 'phone'])[1 + g % 3], 'items', g % 7,
                          'coupon', CASE WHEN g % 5 = 0 THEN 'C' || g END),
       g % 2 = 0, CASE WHEN g % 3 = 0 THEN 'note for order number ' || g || ' please ring twice' END
FROM generate_series(1, {rows}) AS g;
"""

CHANGES = {
    "same": "",
    "10": "UPDATE orders SET total = total + 0.01 WHERE id IN (SELECT g * 3 + g % 3 FROM generate_series({step10}, {rows}, {step10}) g LIMIT 10)",  # noqa: E501
    "1000": "UPDATE orders SET note = COALESCE(NULL, 'x') WHERE id IN (SELECT g * 3 + g % 3 FROM generate_series({step1k}, {rows}, {step1k}) g LIMIT 1000)",  # noqa: E501
    "block": "UPDATE orders SET status = 'Paid' WHERE id BETWEEN {rows} AND {rows} + 14999",
}
"""Name of the variant: what was done to the new side. The scattered 1,000 include NULLs that became text."""


def expected(variant: str, rows: int) -> int:
    """Return how many rows differ."""
    if variant == "block":
        low, high = rows, rows + 14999
        return sum(1 for g in range(max(1, low // 3 - 2), min(rows, high // 3 + 2) + 1) if low <= g * 3 + g % 3 <= high)
    return {"same": 0, "10": min(10, rows), "1000": min(1000, rows)}[variant]


def _step(rows: int) -> int:
    """Return a distance between changed rows that meets NULLs, which are in two rows of three, and others."""
    return max(1, rows // 1000 // 3 * 3 - 2)


def build(server: PostgresServer, rows: int, variants: tuple[str, ...]) -> dict[str, str]:
    """Create the old side and one new side per variant; return the names of the databases."""
    old = server.new_database()
    server.execute(old, TABLE.format(rows=rows))
    names = {"old": old}
    for variant in variants:
        names[variant] = server.new_database(template=old)
        change = CHANGES[variant].format(rows=rows, step10=max(1, rows // 10), step1k=_step(rows))
        if change:
            server.execute(names[variant], change)
    for name in names.values():
        server.execute(name, "VACUUM ANALYZE orders")
    return names
