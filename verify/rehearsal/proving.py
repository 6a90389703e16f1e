"""The proof before a run: the digest is tried with made-up rows, and each store's own way of reading with made-up
values."""

from __future__ import annotations

from collections.abc import Callable

from shadow.config.model import Verify
from shadow.records import CheckStatus
from verify.answer import Answer
from verify.planning.plan import Pair
from verify.proof import selfproof
from verify.proof.handing import HandsOver, unnoticed
from verify.rehearsal import derivation, rowwise
from verify.store import Snapshot


async def prove(
    pairs: tuple[Pair, ...], snapshots: Callable[[Pair], tuple[Snapshot, Snapshot]], salt: bytes, settings: Verify
) -> Answer:
    """Return whether digest and comparison of every pair notice what they must notice. Raises StoreError."""
    digest = selfproof.client_digest(salt)
    survived = []
    for pair in pairs:
        sides = zip(snapshots(pair), (pair.old_selection, pair.new_selection), strict=True)
        for snapshot, selection in sides:
            if not selection.readings:
                continue
            survived += [f"{selection.table}: {name}" for name in selfproof.survivors(selection, digest)]
            if isinstance(snapshot, HandsOver):
                handed = await snapshot.handed_over(selection)
                survived += [f"{selection.table}: {name}" for name in unnoticed(selection, handed, salt)]
        if pair.old_selection.readings:
            survived += [f"{pair.name}: {name}" for name in await rowwise.survivors(pair, settings, salt)]
            survived += await derivation.survivors(pair, settings, salt)
    if survived:
        return Answer(total=len(survived), reason=f"the digest does not notice: {'; '.join(survived[:5])}")
    return Answer(status=CheckStatus.passed, reason="the digest noticed every made-up change")
