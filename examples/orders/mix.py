"""The requests of the example's clients: which, how often, and what is expected back; the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

CUSTOMERS = 2_000
ORDERS = 20_000
PRODUCTS = 400
SHIPMENTS = 12_000
MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))
FAMILIES = ("Smith", "Müller", "Núñez", "Kow", "Sø", "Tanaka", "Weber", "Rossi", "Nobody")
COUNTRIES = ("DE", "FR", "NO", "PT", "PL", "IE", "XX")
CATEGORIES = ("books", "garden", "kitchen", "office", "toys", "none")
STATUSES = ("new", "paid", "shipped", "delivered", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request a client makes. `expected` is the status it counts as right."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    expected: int = 200


Maker = Callable[[random.Random], Call]


def _get(template: str, highest: int) -> Maker:
    return lambda rng: Call(method="GET", target=template.format(rng.randrange(1, highest + 1)))


def _fixed(method: str, target: str, expected: int = 200) -> Maker:
    return lambda rng: Call(method=method, target=target, expected=expected)


def _page(path: str, name: str, values: tuple[str, ...]) -> Maker:
    def make(rng: random.Random) -> Call:
        page = f"limit={rng.choice((5, 10, 20))}&offset={20 * rng.randrange(9)}"
        wanted = f"&{name}={rng.choice(values)}" if rng.random() < 0.5 else ""
        return Call(method="GET", target=f"{path}?{page}{wanted}")

    return make


def _monthly(path: str) -> Maker:
    return lambda rng: Call(method="GET", target=f"{path}?month={rng.choice(MONTHS)}")


def _csv(rng: random.Random) -> Call:
    accepts = (("Accept-Encoding", "gzip"),) if rng.random() < 0.5 else ()
    return Call(method="GET", target=f"/exports/orders.csv?month={rng.choice(MONTHS)}", headers=accepts)


def _revalidate(rng: random.Random) -> Call:
    number, version = rng.randrange(1, PRODUCTS + 1), rng.randrange(1, 9)
    # Every version is asked for, so that the answer is 304 for one in eight and 200 for the rest.
    tag = f'"product-{number}-{version}"'
    return Call(method="GET", target=f"/products/{number}", headers=(("If-None-Match", tag),), expected=0)


def _sku(rng: random.Random) -> Call:
    return Call(method="GET", target=f"/sku/SKU-{rng.randrange(1, PRODUCTS + 1):05d}", expected=302)


def _head_image(rng: random.Random) -> Call:
    return Call(method="HEAD", target=f"/products/{rng.randrange(1, PRODUCTS + 1)}/image")


def _post(target: str, document: object, expected: int = 200) -> Call:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Call(
        method="POST", target=target, headers=(("Content-Type", "application/json"),), body=body, expected=expected
    )


def _search(terms: tuple[str, ...]) -> Maker:
    return lambda rng: _post("/search", {"term": rng.choice(terms)})


def _place(rng: random.Random) -> Call:
    reference = f"web-{rng.randrange(16**8):08x}"
    items = [{"product_id": rng.randrange(1, PRODUCTS + 1), "quantity": rng.randrange(1, 4)}]
    return _post("/orders", {"reference": reference, "items": items}, expected=202)


# Share of the traffic in thousandths. Each endpoint of a safe method gets at least 25 of them, because the gate
# decides per endpoint and needs a hundred answers to do so in 5,000 requests.
SHARES: tuple[tuple[int, Maker], ...] = (
    (25, _fixed("GET", "/health")),
    (80, _page("/products", "category", CATEGORIES)),
    (63, _get("/products/{}", PRODUCTS)),
    (10, _revalidate),
    (50, _get("/products/{}/image", PRODUCTS)),
    (26, _head_image),
    (30, _sku),
    (42, _page("/customers", "country", COUNTRIES)),
    (8, _fixed("GET", "/customers?limit=plenty", expected=400)),
    (72, _get("/customers/{}", CUSTOMERS)),
    (58, _get("/customers/{}/orders", CUSTOMERS)),
    (60, _page("/orders", "status", STATUSES)),
    (3, _fixed("GET", "/orders?limit=0", expected=400)),
    (26, _fixed("OPTIONS", "/orders", expected=204)),
    (85, _get("/orders/{}", ORDERS)),
    (5, _fixed("GET", "/orders/99999999", expected=404)),
    (60, _get("/orders/{}/items", ORDERS)),
    (48, _get("/orders/{}/payments", ORDERS)),
    (34, _get("/shipments/{}", SHIPMENTS)),
    (30, _get("/invoices/{}", ORDERS)),
    (40, _search(FAMILIES)),
    (4, _search(("O'Brien", "D'Angelo"))),
    (27, _monthly("/reports/revenue")),
    (25, _monthly("/reports/top-products")),
    (2, _fixed("GET", "/reports/top-products?month=soon", expected=400)),
    (26, _csv),
    (25, _fixed("GET", "/clearance", expected=404)),
    (36, _place),
)


def _quotas(total: int) -> list[int]:
    """How often each share occurs in `total` requests: whole numbers that add up, by largest remainder."""
    weights = [share for share, _ in SHARES]
    whole = sum(weights)
    counts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in rest[: total - sum(counts)]:
        counts[index] += 1
    return counts


def plan(total: int, seed: int = 1) -> list[Call]:
    """The calls of a run, in order. Raises ValueError where `total` is below one."""
    if total < 1:
        raise ValueError(f"total must be at least 1, not {total}")
    rng = random.Random(seed)
    calls = [make(rng) for (_, make), n in zip(SHARES, _quotas(total), strict=True) for _ in range(n)]
    rng.shuffle(calls)
    return calls
