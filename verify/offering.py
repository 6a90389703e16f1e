"""The cheaper ways of comparing a pair, where there is one: within the engine that both sides share, or the rows of one
engine with the documents of the other in bulk."""

from __future__ import annotations

from verify.comparison import Bulk, ComparesNatively, Comparison, Task


async def offered(task: Task) -> Comparison | None:
    """Return how the pair is compared more cheaply than row by row, None where it cannot be. Raises StoreError."""
    old, new = task.old.snapshot, task.new.snapshot
    comparison = await old.comparison(task) if isinstance(old, ComparesNatively) else None
    if comparison is not None or not (isinstance(old, Bulk) and isinstance(new, Bulk)) or old.bulk == new.bulk:
        return comparison
    from verify.columnar.offer import offer  # NumPy, and the drivers of both engines

    return await offer(task)
