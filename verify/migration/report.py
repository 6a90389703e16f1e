"""What trying a migration gives: checks for the ledger, and beside them what it changed, how long it took and what
it locked."""

from __future__ import annotations

import msgspec

from shadow.records import DataCheck, DataFinding
from verify.answer import blind_spot
from verify.migration.locks import Held

UP, SCHEMA, DATA, LOCKS, DOWN, REVERSAL, REPEAT = (
    "migration up", "migration schema", "migration data", "migration locks", "migration down", "migration reversal",
    "migration repeat",
)  # fmt: skip
"""The names of the checks, in the order of the work."""


def _of_the_command() -> None:
    """Cannot see: what the command does elsewhere (other databases, queues, files); how it fares beside other
    sessions, since nobody else uses the copy; servers whose settings are not this one's."""


def _of_the_schema() -> None:
    """Cannot see: functions, grants, row-security policies, comments; whether a change was intended, save what takes
    data away: that has to be declared."""


def _of_the_data() -> None:
    """Cannot see: columns that only one side has or that the plan ignores, tables that it leaves out; whether new
    columns are filled rightly; what the checks of `shadow verify run` cannot see."""


def _of_the_locks() -> None:
    """Cannot see: locks shorter than the time between two looks; row locks; locks of other engines than PostgreSQL;
    how long a lock would be waited for on a database that is in use; a table larger than the copy's."""


def _of_the_way_back() -> None:
    """Cannot see: rows that are written between up and down on a database in use; what neither schema nor data checks
    see."""


CANNOT_SEE = {
    UP: blind_spot(_of_the_command.__doc__),
    SCHEMA: blind_spot(_of_the_schema.__doc__),
    DATA: blind_spot(_of_the_data.__doc__),
    LOCKS: blind_spot(_of_the_locks.__doc__),
    DOWN: blind_spot(_of_the_command.__doc__),
    REVERSAL: blind_spot(_of_the_way_back.__doc__),
    REPEAT: blind_spot(_of_the_way_back.__doc__),
}


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """One step, how long it took, and what a command said at its end, redacted."""

    step: str
    seconds: float
    output: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `changes` is what the migration did to the schema, `locks` the longest time per table and mode, looked
    at every `resolution_s`; `kept` are the copies that were left as they are."""

    checks: tuple[DataCheck, ...] = ()
    steps: tuple[Took, ...] = ()
    changes: tuple[DataFinding, ...] = ()
    locks: tuple[Held, ...] = ()
    resolution_s: float = 0.0
    kept: tuple[str, ...] = ()
