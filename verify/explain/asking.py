"""What the stores are asked once rows differ: how far each side goes, and how many rows hold a tenant's value."""

from __future__ import annotations

import msgspec

from shadow.errors import StoreError
from verify.classes import TypeClass
from verify.equality.canonical import encode
from verify.equality.reading import reader_of
from verify.explain.clusters import Clusters
from verify.explain.spread import MOST_VALUES, Concentrated
from verify.explain.words import Known
from verify.planning.plan import Pair
from verify.store import Selection, Snapshot, Value
from verify.survey import Surveys

_COUNTED = frozenset(
    {TypeClass.boolean, TypeClass.integer, TypeClass.text, TypeClass.uuid, TypeClass.objectid, TypeClass.date}
)
_MOST_COLUMNS = 4
_CARDINALITY = 4 * MOST_VALUES


async def ask(clusters: Clusters, pair: Pair, old: Snapshot, new: Snapshot, *, scans: bool) -> Known:
    """Return what the stores know; without `scans` (where reading is limited) they are not asked.

    A store that cannot answer is no reason to doubt the differences: then only these themselves are looked at.
    """
    latest_old: dict[str, Value] = {}
    latest_new: dict[str, Value] = {}
    holding: dict[str, tuple[int, int]] = {}
    if not scans:
        return Known(why_not="max_rows_per_second is set")
    try:
        if clusters.missing.n:
            latest_new = await _latest(clusters, pair, pair.new_selection, new)
        if clusters.extra.n:
            latest_old = await _latest(clusters, pair, pair.old_selection, old)
        for one in clusters.concentrated()[:_MOST_COLUMNS]:
            holding |= await _holding(one, pair, old)
    except StoreError as error:
        return Known(latest_old=latest_old, latest_new=latest_new, holding=holding, why_not=str(error))
    return Known(latest_old=latest_old, latest_new=latest_new, holding=holding)


async def _latest(clusters: Clusters, pair: Pair, selection: Selection, snapshot: Snapshot) -> dict[str, Value]:
    """Return the latest values of instants and of the key, by the names of the old side."""
    if not isinstance(snapshot, Surveys) or not clusters.ordered:
        return {}
    # What is transformed has another order than the store's.
    places = [at for at in clusters.ordered if not selection.readings[at].transformed]
    if not places:
        return {}
    asked = msgspec.structs.replace(
        selection, readings=tuple(selection.readings[at] for at in places), key_width=0
    )
    read = reader_of(asked)(await snapshot.latest(asked))
    return {pair.old_selection.readings[at].column: value for at, value in zip(places, read, strict=True)}


async def _holding(one: Concentrated, pair: Pair, old: Snapshot) -> dict[str, tuple[int, int]]:
    """Return of how many of the old side's rows the column holds the value, and how many rows there are."""
    reading = next(each for each in pair.old_selection.readings if each.column == one.column)
    if not isinstance(old, Surveys) or reading.kind not in _COUNTED:
        return {}
    asked = msgspec.structs.replace(pair.old_selection, readings=(reading,), key_width=0)
    counts = await old.tally(asked, _CARDINALITY)
    if len(counts) > _CARDINALITY:
        return {}
    read, wanted = reader_of(asked), encode(one.value)
    holding = sum(n for value, n in counts if encode(read((value,))[0]) == wanted)
    return {one.column: (holding, sum(n for _, n in counts))}
