"""How busy a PostgreSQL server is, by what it says itself."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from verify.load.brake import Load

APPLICATION = "shadow verify"
"""What the sessions of a verification are called; they do not count as load."""

# Of other users' sessions a user without the role sees the place of the state, and "<insufficient privilege>".
_SESSIONS = """
SELECT count(*) FILTER (WHERE state = 'active' AND backend_type = 'client backend' AND application_name <> $1),
       count(*) FILTER (WHERE query = '<insufficient privilege>')
FROM pg_stat_activity WHERE pid <> pg_backend_pid()
"""
# A standby that has replayed all it received is not behind, however long ago the last transaction was.
_LAG = """
SELECT CASE
  WHEN NOT pg_is_in_recovery() THEN (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication)
  WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
  ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8,
  NOT pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_replication WHERE state IS NULL)
"""
_PROBES = 3
"""The quickest of these counts: what the server needs, not what this process or the network once lost."""


async def load_of(connection: Any) -> Load:
    """Return how busy the server is. Raises the driver's errors."""
    took = []
    for _ in range(_PROBES):
        began = perf_counter()
        await connection.fetchval("SELECT 1")
        took.append(perf_counter() - began)
    active, hidden = await connection.fetchrow(_SESSIONS, APPLICATION)
    lag, lag_hidden = await connection.fetchrow(_LAG)
    unseen = ["the sessions of other users are not visible (GRANT pg_monitor)"] if hidden else []
    unseen += ["the lag of its standbys is not visible (GRANT pg_monitor)"] if lag_hidden else []
    return Load(
        active_sessions=active, replication_lag_s=lag, latency_ms=min(took) * 1000, unseen=tuple(unseen)
    )
