# ruff: noqa: E501  (tables of data: one row, one line)
"""What the sample documents are made of: endpoints, examples, findings and checks of a small shop."""

from __future__ import annotations

import math
from statistics import NormalDist

from scipy.stats import beta

from reports.document import (
    EndpointLine,
    Finding,
    Identity,
    LatencyLine,
    OutcomeCount,
)
from shadow.records import (
    CheckStatus,
    DataCheck,
    DataFinding,
    Difference,
    Disposition,
    Example,
    Kind,
    Message,
)

START = 1_763_730_000.0  # 2025-11-21 13:00:00 UTC
MIX = (
    ("GET /orders/{id}", 812, 0.0312, 11), ("GET /orders", 640, 1.0, 18), ("GET /customers/{id}", 702, 0.118, 9),
    ("GET /customers", 388, 0.041, 16), ("GET /customers/{id}/orders", 436, 0.83, 14),
    ("GET /products/{id}", 530, 1.0, 7), ("GET /products", 402, 0.22, 15), ("GET /shipments/{id}", 310, 0.09, 8),
    ("POST /search", 244, 0.0369, 21), ("GET /invoices/{id}", 196, 1.0, 10), ("GET /reports/revenue", 120, 0.0, 38),
    ("GET /stock/{id}", 168, 0.0, 6), ("POST /orders", 52, 0.0, 24),
)  # fmt: skip


def identity(**changes: object) -> Identity:
    fields: dict[str, object] = {
        "primary_build": "orders-flask 3.8.2", "candidate_build": "orders-fastapi 1.0.0-rc4", "since": START,
        "until": START + 1834, "at": START + 1860, "tool_version": "0.1.0", "ledger_id": "led-5f1c9a27",
        "config_digest": "sha256:8b21f0d9c4475e1aa0c1b7d20c2a9a3f4b8e6d1f7c9052ae31d4f6b80917ce42",
        "evidence_digest": "sha256:3fa9c27710be52d4f86a1097c3e5d2417be08c6f95a4d3b2e1f0a9b8c7d6e5f4",
    }  # fmt: skip
    return Identity(**(fields | changes))  # type: ignore[arg-type]


def latency(leg: str, n: int, median_ms: float, spread: float = 0.35) -> LatencyLine:
    """A log-normal distribution in buckets of scale 3, without any randomness."""
    normal = NormalDist(math.log(median_ms / 1000), spread)
    buckets = []
    for bucket in range(-100, 40):
        low, high = 2 ** (bucket / 8), 2 ** ((bucket + 1) / 8)
        share = normal.cdf(math.log(high)) - normal.cdf(math.log(low))
        if round(share * n):
            buckets.append((high, round(share * n)))
    p50, p95, p99 = (math.exp(normal.inv_cdf(q)) for q in (0.5, 0.95, 0.99))
    return LatencyLine(
        leg=leg, n=n, p50_s=p50, p95_s=p95, p99_s=p99, error_ratio=2**0.125 - 1, buckets=tuple(buckets)
    )


def bound_of(failing: int, compared: int) -> float | None:
    """Clopper-Pearson, one-sided 95 %: the upper bound of agreement where something fails, else the lower one."""
    if not compared:
        return None
    if failing:
        return float(1.0 - beta.ppf(0.05, failing, compared - failing + 1))
    return float(0.05 ** (1.0 / compared))


def endpoint(index: int, name: str, n: int, wrong: float, median_ms: float, *, fixed: bool) -> EndpointLine:
    bad = 0 if fixed else min(math.ceil(n * wrong), n - (3 if n > 600 else 0))
    writes = name == "POST /orders"
    slow = name == "GET /reports/revenue" and not fixed
    lost = 3 if n > 600 else 0
    noise = max(min(n // 9, n - lost - bad), 0)
    split = (("mismatch", "", bad), ("shed", "tee_full", lost), ("noise_only", "", noise), ("match", "", n - lost - bad - noise))
    kept = (("skipped", "policy", n),) if writes else split
    outcomes = tuple(OutcomeCount(outcome=outcome, reason=reason, n=count) for outcome, reason, count in kept if count)
    compared = 0 if writes else n - (3 if n > 600 else 0)
    failing = min(bad, compared)
    if writes:
        status = CheckStatus.inconclusive
    else:
        status = CheckStatus.fail if failing or slow else CheckStatus.passed
    return EndpointLine(
        endpoint=name,
        anchor=f"endpoint-{index}",
        status=status,
        requests=n,
        compared=compared,
        agreeing=compared - failing,
        parity=(compared - failing) / compared if compared else None,
        parity_bound=bound_of(failing, compared),
        outcomes=outcomes,
        latency=()
        if writes
        else (
            latency("primary", n, median_ms),
            latency("secondary", compared, median_ms * 1.04),
            latency("candidate", compared, median_ms * 0.82 + (200 if slow else 0), 0.18 if slow else 0.42),
        ),
        ratio=None if writes else (230.9 / 39.5 if slow else 0.8),
        reason="Writes are kept from every shadow leg by policy." if writes else "",
    )


def message(start: str, body: str, *headers: tuple[str, str], cut: bool = False) -> Message:
    return Message(start=start, headers=(("content-type", "application/json"), *headers), body=body, cut=cut)


def example(
    target: str, old: str, new: str, difference: Difference, *,
    old_start: str = "200", new_start: str = "200", method: str = "GET", body: str = "",
    old_headers: tuple[tuple[str, str], ...] = (), new_headers: tuple[tuple[str, str], ...] = (), at: float = 312.0,
) -> Example:  # fmt: skip
    request = Message(
        start=f"{method} {target}",
        headers=(("accept", "application/json"), ("authorization", "Bearer ‹bearer:9b02c4f1›"), ("x-request-id", "7f3a")),
        body=body,
    )
    noise = Difference(
        kind=Kind.value, path="header:date", group="header:date", old="Fri, 21 Nov 2025 13:05:12 GMT",
        new="Fri, 21 Nov 2025 13:05:13 GMT", disposition=Disposition.noise, by="volatile header",
    )  # fmt: skip
    return Example(
        observed_at=START + at,
        request=request,
        primary=message(old_start, old, *old_headers),
        candidate=message(new_start, new, *new_headers),
        differences=(difference, noise),
    )


def difference(kind: Kind, path: str, old: str | None, new: str | None, note: str = "") -> Difference:
    return Difference(kind=kind, path=path, group=path, old=old, new=new, note=note)


ORDER = (
    '{"id": 4711, "customer": {"id": 812, "email": "‹email:3f9a1c20›", "name": "A. Osei"}, "status": "shipped", '
    '"lines": [{"sku": "TEA-010", "quantity": 3, "price": "12.90"}, {"sku": "CUP-002", "quantity": 1, '
    '"price": "68.40"}], "currency": "EUR", "total": %s, "created_at": "2025-11-03T08:14:55Z"}'
)
LISTED = '{"orders": [{"id": 4711, "status": "%s", "total": 107.10}, {"id": 4698, "status": "%s", "total": 18.00}], "next": null}'


def finding(
    number: int, scope: str, kind: str, path: str, title: str, n: int, share: float | None, *examples: Example,
    source: str = "http", note: str = "",
) -> Finding:  # fmt: skip
    return Finding(
        source=source, scope=scope, kind=kind, path=path, title=title, n=n, share=share, note=note,
        first_at=None if source == "data" else START + 4 + number, last_at=None if source == "data" else START + 1830,
        anchor=f"finding-{number}", examples=examples,
        cause="100 % of the requests that show it are with parameter expand (36 of 36), 2.1 % of those that agree (20 of 964)."
        if examples else "",
        smallest=examples[0].request if examples else None, smallest_bytes=118 if examples else 0,
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    total = difference(Kind.precision, "body:$.total", "107.1", "107.10000000000001", "binary floating point")
    order = [
        example("/orders/4711", ORDER % "107.10", ORDER % "107.10000000000001", total),
        example("/orders/18402", ORDER % "86.30", ORDER % "86.30000000000001", total, at=1200.5),
    ]
    search = example(
        "/search", '{"hits": [{"sku": "TEA-010", "name": "Assam O\'Hara"}], "total": 1}',
        '{"detail": "Internal Server Error"}', difference(Kind.status, "status", "200", "500"), new_start="500",
        method="POST", body='{"term": "o\'hara", "limit": 10}',
    )  # fmt: skip
    listed = example(
        "/orders?limit=2", LISTED % ("shipped", "paid"), LISTED % ("SHIPPED", "PAID"),
        difference(Kind.case, "body:$.orders[0].status", '"shipped"', '"SHIPPED"'),
    )  # fmt: skip
    cached = example(
        "/products/77", '{"id": 77, "name": "Teapot"}', '{"id": 77, "name": "Teapot"}',
        difference(Kind.header, "header:cache-control", "public, max-age=300", None),
        old_headers=(("cache-control", "public, max-age=300"), ("etag", '"77-4"')), new_headers=(("etag", '"77-4"'),),
    )  # fmt: skip
    phone = example(
        "/customers/812", '{"id": 812, "name": "A. Osei", "email": "‹email:3f9a1c20›", "phone": null}',
        '{"id": 812, "name": "A. Osei", "email": "‹email:3f9a1c20›"}',
        difference(Kind.null_vs_missing, "body:$.phone", "null", None),
    )  # fmt: skip
    limit = example(
        "/customers?limit=many", '{"error": "limit must be a number"}', '{"detail": [{"loc": ["query", "limit"]}]}',
        difference(Kind.status, "status", "400", "422"), old_start="400", new_start="422",
    )  # fmt: skip
    invoice = example(
        "/invoices/93", '{"id": 93, "customer_id": 812, "due": "2025-12-01"}',
        '{"id": 93, "customer_id": "812", "due": "2025-12-01"}', difference(Kind.type, "body:$.customer_id", "812", '"812"'),
    )  # fmt: skip
    return (
        finding(1, "POST /search", "status", "status", "POST /search answers 500 where the primary answers 200", 9,
                0.0369, search, note="Only for search terms with an apostrophe."),
        finding(2, "GET /orders/{id}", "precision", "body:$.total",
                "The total of an order is a binary floating-point number: 107.10000000000001 instead of 107.10", 26,
                0.0321, *order),
        finding(3, "GET /orders", "case", "body:$.orders[*].status", "The status of listed orders is in capitals", 637,
                1.0, listed),
        finding(4, "GET /products/{id}", "header", "header:cache-control", "Cache-Control is gone", 530, 1.0, cached),
        finding(5, "GET /invoices/{id}", "type", "body:$.customer_id", "customer_id is text instead of a number", 196,
                1.0, invoice),
        finding(6, "GET /customers/{id}/orders", "order", "body:$.orders", "Orders come in another sequence", 362, 0.8303),
        finding(7, "GET /products", "empty-vs-missing", "body:$.products[*].tags",
                "An empty list of tags became a missing field", 89, 0.2214),
        finding(8, "GET /customers/{id}", "null-vs-missing", "body:$.phone", "phone is missing where it was null", 83,
                0.1188, phone),
        finding(9, "GET /shipments/{id}", "missing", "body:$.tracking_code", "tracking_code is missing", 28, 0.0904),
        finding(10, "GET /customers", "status", "status", "GET /customers answers 422 where the primary answers 400", 16,
                0.0413, limit),
        finding(11, "GET /reports/revenue", "timing", "", "GET /reports/revenue is 191 ms slower at the median", 120, None,
                source="latency"),
        finding(12, "audit_events", "missing_row", "", "1 of 41,208 rows of audit_events did not arrive", 1, None,
                source="data"),
        finding(13, "customer_notes", "value", "text", "1 value of customer_notes.text was cut at 120 characters", 1, None,
                source="data"),
    )  # fmt: skip


def checks(*, fixed: bool = False) -> tuple[DataCheck, ...]:
    common = {"run_id": "run-1", "started_at": START + 1836, "finished_at": START + 1851}
    blind = "Changes within a transaction that was rolled back before the snapshot."
    good = [
        DataCheck(**common, pair=pair, check=check, status=CheckStatus.passed, rows_old=n, rows_new=n, cannot_see=text)
        for pair, n in (("orders", 20_000), ("customers", 2_000))
        for check, text in (("schema", "Triggers and permissions."), ("count", ""), ("rows", blind))
    ]
    if fixed:
        return tuple(good)
    lost = DataFinding(kind="missing_row", table="audit_events", key="id=29117", old="2025-09-14T11:02:07Z login", note="lost")
    cut = DataFinding(
        kind="value", table="customer_notes", column="text", key="id=1404",
        old="Prefers delivery to the side entrance, ring twice, and call ‹phone:88ab01f3› when nobody answers within two min…",
        new="Prefers delivery to the side entrance, ring twice, and call ‹phone:88ab01f3› when nobo", note="cut at 120",
    )  # fmt: skip
    return (
        DataCheck(**common, pair="audit_events", check="count", status=CheckStatus.fail, rows_old=41_208, rows_new=41_207,
                  total=1, reason="One row fewer in the new store.", cannot_see="A lost row and an extra one that cancel out."),
        DataCheck(**common, pair="audit_events", check="rows", status=CheckStatus.fail, rows_old=41_208, rows_new=41_207,
                  total=1, findings=(lost,), reason="1 row missing.", cannot_see=blind),
        DataCheck(**common, pair="customer_notes", check="rows", status=CheckStatus.fail, rows_old=3_120, rows_new=3_120,
                  total=1, findings=(cut,), reason="1 value differs.", cannot_see=blind),
        *good,
    )  # fmt: skip


