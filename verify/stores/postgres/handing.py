"""Made-up values of PostgreSQL's types, read by the server and the driver as those of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.proof.handing import Handed, words
from verify.store import Selection, Value
from verify.stores.postgres.connection import translated
from verify.stores.postgres.proof import PAIRS
from verify.stores.postgres.sql import select_made_up
from verify.stores.postgres.types import PgType

if TYPE_CHECKING:
    from verify.stores.postgres.store import PostgresSnapshot


async def handed_over(snapshot: PostgresSnapshot, selection: Selection) -> list[Handed]:
    """Return made-up values of the columns' types; a query for each type. Raises StoreError."""
    table = snapshot.table(selection.table)
    found: list[Handed] = []
    read: dict[PgType, list[Value]] = {}
    for at, one in enumerate(selection.readings):
        kind = table.types[one.column]
        changes = PAIRS.get("text" if kind.name == "varchar" else kind.name, ())
        if changes and kind not in read:
            async with translated(snapshot.label, snapshot.connection):
                rows = await snapshot.connection.fetch(select_made_up(kind, changes))
            read[kind] = [row[0] for row in rows]
        values = read.get(kind, [])
        for change, before, after in zip(changes, values[1::2], values[2::2], strict=True):
            found.append(Handed(at, words(*change), before, after))
            found.append(Handed(at, words(change[0], None), before, values[0]))
    return found
