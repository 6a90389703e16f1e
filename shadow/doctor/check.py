"""What doctor says about one thing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How a check ended; worst first."""

    fail = "fail"
    warn = "warn"
    ok = "ok"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check: what was looked at, what was seen, and for warn and fail what to do next."""

    name: str
    level: Level = Level.fail
    message: str
    remedy: str = ""


def ok(name: str, message: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name=name, level=Level.ok, message=message)


def warn(name: str, message: str, remedy: str) -> Check:
    """Return a check that found something that weakens the evidence or may fail later."""
    return Check(name=name, level=Level.warn, message=message, remedy=remedy)


def fail(name: str, message: str, remedy: str) -> Check:
    """Return a check that found something with which a job cannot run."""
    return Check(name=name, level=Level.fail, message=message, remedy=remedy)


def worst_of(checks: Iterable[Check]) -> Level:
    """Return the worst level; `fail` for no checks at all, because nothing was looked at."""
    found = {check.level for check in checks}
    return next((level for level in Level if level in found), Level.fail)
