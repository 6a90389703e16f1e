"""How busy a MongoDB server is, by what it says itself; what the user may not ask is told and left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from pymongo import errors

from verify.load.brake import Load

APPLICATION = "shadow verify"
"""What the connections of a verification are called; their operations do not count as load."""

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Runs a command on the database `admin`."""

_UNAUTHORIZED = 13
_PROBES = 3

OPERATIONS: dict[str, Any] = {
    "aggregate": 1,
    "pipeline": [
        {"$currentOp": {"allUsers": True}},
        # Drivers that wait for news of the topology, and members that follow the oplog, are no load.
        {"$match": {"active": True, "client": {"$exists": True}, "appName": {"$ne": APPLICATION},
                    "command.hello": {"$exists": False}, "command.isMaster": {"$exists": False},
                    "command.ismaster": {"$exists": False}, "ns": {"$not": {"$regex": r"^local\."}},
                    "effectiveUsers.user": {"$ne": "__system"}}},
        {"$count": "n"},
    ],
    "cursor": {},
}  # fmt: skip


async def load_of(command: Command) -> Load:
    """Return how busy the server is. Raises the driver's errors, save that a right is lacking."""
    took, unseen = [], []
    for _ in range(_PROBES):
        began = perf_counter()
        await command({"ping": 1})
        took.append(perf_counter() - began)
    active = lag = None
    try:
        found = (await command(OPERATIONS))["cursor"]["firstBatch"]
        active = int(found[0]["n"]) if found else 0
    except errors.OperationFailure as error:
        if error.code != _UNAUTHORIZED:
            raise
        unseen.append("the operations of other users are not visible (grant the role clusterMonitor)")
    try:
        lag = _behind(await command({"replSetGetStatus": 1}))
    except errors.OperationFailure as error:
        if error.code == _UNAUTHORIZED:
            unseen.append("the lag of its secondaries is not visible (grant the role clusterMonitor)")
            lag = _majority_behind(await command({"hello": 1}))
        # Any other refusal: a server that stands alone, or a router, has no secondaries to be asked about.
    return Load(active_sessions=active, replication_lag_s=lag, latency_ms=min(took) * 1000, unseen=tuple(unseen))


def _behind(status: Mapping[str, Any]) -> float | None:
    """Return how many seconds the slowest secondary is behind the primary."""
    members = status.get("members", ())
    primary = [one["optimeDate"] for one in members if one.get("stateStr") == "PRIMARY"]
    others = [one["optimeDate"] for one in members if one.get("stateStr") == "SECONDARY"]
    return max(0.0, (primary[0] - min(others)).total_seconds()) if primary and others else None


def _majority_behind(hello: Mapping[str, Any]) -> float | None:
    """Return how far a majority of the members is behind, which everybody may ask."""
    last = hello.get("lastWrite", {})
    if "lastWriteDate" not in last or "majorityWriteDate" not in last:
        return None
    return max(0.0, float((last["lastWriteDate"] - last["majorityWriteDate"]).total_seconds()))
