"""What the planner would do, asked before it is done: no statement of ours may sort a table.

A sort of a large table fills the server's disk with temporary files while others wait. Where the planner would make
one, the table is compared in another way, which needs no order.

Cannot see: sorts below SORTED_ROWS, which are taken as small; a plan that is another one when the statement runs.
"""

from __future__ import annotations

import json
from typing import Any

SORTED_ROWS = 250_000
"""Rows of a table that may be sorted: by the planner's estimate, some ten megabytes."""
_SORTS = frozenset({"Sort", "Incremental Sort"})


async def sorts_table(connection: Any, statement: str, *values: Any) -> bool:
    """Return whether the plan of a statement sorts a large part of a table. Raises the driver's errors."""
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    return sorted_rows(json.loads(plan)[0]["Plan"]) >= SORTED_ROWS


def sorted_rows(node: dict[str, Any], sorted_above: float = 0) -> float:
    """Return how many rows of a table a plan sorts at most; what is grouped before it is sorted does not count."""
    kind = node["Node Type"]
    if kind == "Aggregate":
        sorted_above = 0
    if kind in _SORTS:
        sorted_above = max(sorted_above, float(node["Plan Rows"]))
    mine = sorted_above if "Relation Name" in node else 0.0
    return max([mine, *(sorted_rows(child, sorted_above) for child in node.get("Plans", ()))])
