"""What was written to a collection between two cluster times, as its change stream tells.

Cannot see: that a server's disk was set back to an older image and then lived on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import bson

from verify.stores.mongo.driver import CODEC, HistoryLost

if TYPE_CHECKING:
    from verify.stores.mongo.driver import Mongo

Moment = tuple[int, int]
"""A cluster time: seconds, and the ordinal within the second."""

MOST_CHANGES = 100_000
"""Documents that are remembered; of more than that one scan is the better reader."""
_IDLE = 100
"""Looks of a tenth of a second each that may find nothing, before a stream is taken for stuck."""
_NAMED = [{"$project": {"operationType": 1, "documentKey": 1, "clusterTime": 1}}]
"""Which document was written, and nothing of what it holds."""
_WRITES = frozenset({"insert", "update", "replace", "delete"})
_TIME = "82"
"""How the hexadecimal text of a resume token begins: a cluster time of 16 digits follows."""


class Untold(Exception):
    """Raised where it is not known what was written; its text says why."""


class Changes(NamedTuple):
    """The `_id` of every document that was written, and by how many documents the collection grew."""

    ids: tuple[Any, ...]
    grown: int


def moment(text: str) -> Moment:
    """Return the cluster time that is written as `seconds.ordinal`."""
    seconds, _, ordinal = text.partition(".")
    return int(seconds), int(ordinal)


def written(at: Moment) -> str:
    """Return a cluster time as `seconds.ordinal`."""
    return f"{at[0]}.{at[1]}"


async def changes(mongo: Mongo, collection: str, since: Moment, until: Moment) -> Changes:
    """Return what was written after `since` and not after `until`, a time that the server has reached. Raises Untold,
    StoreError."""
    was: dict[bytes, bool] = {}
    found: dict[bytes, tuple[Any, bool]] = {}
    left = _IDLE
    try:
        async with mongo.translated(), mongo.watched(collection, (since[0], since[1] + 1), _NAMED) as stream:
            while True:
                event = await stream.try_next()
                if event is None:
                    # Everything up to the token's time was told: a token without a change is made at the end only.
                    if _time_of(stream.resume_token) >= until:
                        break
                    left -= 1
                    if not left:
                        raise Untold("the change stream does not come up to the snapshot")
                    await mongo.brake.passes()
                    continue
                if (event["clusterTime"].time, event["clusterTime"].inc) > until:
                    break
                kind = event["operationType"]
                if kind not in _WRITES:
                    raise Untold(f"{collection} met with {kind} since the last run")
                identity = event["documentKey"]["_id"]
                key = bson.encode({"": identity}, codec_options=CODEC)
                was.setdefault(key, kind != "insert")
                found[key] = identity, kind != "delete"
                if len(found) > MOST_CHANGES:
                    raise Untold(f"more than {MOST_CHANGES:,} documents changed")
    except HistoryLost:
        raise Untold("the oplog does not reach back to the last run") from None
    grown = sum(is_there for _, is_there in found.values()) - sum(was.values())
    return Changes(tuple(identity for identity, _ in found.values()), grown)


def _time_of(token: Any) -> Moment:
    """Return the cluster time of a resume token. Raises Untold for one of another make."""
    text = token.get("_data") if token is not None else None
    if not isinstance(text, str) or not text.startswith(_TIME):
        raise Untold("the server's resume tokens are of another make")
    try:
        return int(text[2:10], 16), int(text[10:18], 16)
    except ValueError:
        raise Untold("the server's resume tokens are of another make") from None
