"""The section `verify`: which stores and tables are compared, and how gently."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shadow.config.section import Count, NotNegative, Positive, Section


class TablePair(Section, frozen=True, kw_only=True):
    """One pair of tables to verify. Empty `key`: the primary key both sides share; empty `columns`: all. `map` and
    `transform` are for the old side's values: the new side has to hold their result."""

    old: str
    new: str = ""
    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rename: dict[str, str] = msgspec.field(default_factory=dict)
    missing_is_null: bool = False
    truncate: dict[str, Literal["milliseconds", "seconds"]] = msgspec.field(default_factory=dict)
    where: str = ""
    old_where: str = ""
    new_where: str = ""
    map: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    transform: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    new_transform: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    tolerance: dict[str, NotNegative] = msgspec.field(default_factory=dict)
    relative_tolerance: dict[str, NotNegative] = msgspec.field(default_factory=dict)
    parent: tuple[str, ...] = ()
    first_position: int = 0
    changed_column: str = ""
    full_every_days: Positive = 7.0
    written_column: str = ""
    fresh_column: str = ""
    fresh_s: Positive = 3600.0


class Invariant(Section, frozen=True, kw_only=True):
    """A query that must give the same answer on both sides; `old_sql` and `new_sql` where it is not the same text."""

    name: str
    sql: str = ""
    old_sql: str = ""
    new_sql: str = ""


class Pause(Section, frozen=True, kw_only=True):
    """Reading waits while a server is beyond one of these limits; 0 is no limit."""

    active_sessions: Annotated[int, Meta(ge=0)] = 0
    replication_lag_s: NotNegative = 0.0
    latency_ms: NotNegative = 0.0
    longest_s: Positive = 3600.0


class Verify(Section, frozen=True, kw_only=True):
    """The data to verify: two store URLs, and the pairs (all tables of the same name when empty)."""

    old: str
    new: str
    tables: tuple[TablePair, ...] = ()
    buckets: Count = 1024
    max_findings: Count = 100
    invariants: tuple[Invariant, ...] = ()
    strength: Literal["auto", "fast", "default", "portable"] = "auto"
    mongo_digest: Literal["client", "server"] = "client"
    parallel: Annotated[int, Meta(ge=0)] = 0
    processes: Annotated[int, Meta(ge=0)] = 0
    chunk_s: Positive = 0.5
    settle_s: NotNegative = 5.0
    max_rows_per_second: Annotated[int, Meta(ge=0)] = 0
    pause: Pause = Pause()
    profiles: bool = False
    as_of: str = ""
