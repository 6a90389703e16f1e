"""The judgement of the configured ledger as it stands now: read, then judged."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.document import Result
from reports.judge import judge
from shadow.clock import SystemClock
from shadow.config import Config
from shadow.ledger.evidence import Evidence


def judge_ledger(config: Config, since: float | None = None, until: float | None = None) -> Result:
    """Read the configured ledger and judge it now; errors as below."""
    return read_and_judge(config, since, until)[1]


def read_and_judge(
    config: Config, since: float | None = None, until: float | None = None
) -> tuple[Evidence, Result]:
    """Read the configured ledger and judge it now; returns the evidence as it was recorded, too.

    Raises LedgerError where there is no ledger or it is corrupt, ConfigError for an unreadable OpenAPI document.
    """
    from shadow.endpoints import build_endpoint_map
    from shadow.ledger.reader import read_evidence

    at = SystemClock().now()
    coverage = config.gate.coverage
    expected = coverage.expected if coverage and coverage.expected else build_endpoint_map(config).expected()
    declared: tuple[str, ...] = ()
    if coverage is not None and coverage.openapi_cases and config.endpoints.openapi:
        from shadow.endpoints.cases import read_cases

        declared = read_cases(config.endpoints.openapi)
    with without_collection():
        evidence = read_evidence(Path(config.ledger.path), at=at, since=since, until=until)
        result = judge(
            evidence, config, at=at, expected_endpoints=expected, declared_cases=declared, tool_version=tool_version()
        )
        return evidence, result


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave the garbage collector out: among hundreds of thousands of rows that all live until the end, looking for
    garbage takes longer than judging."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What was made lives until the end: it is not looked through either when collecting begins again.
        gc.freeze()
        if was:
            gc.enable()


def tool_version() -> str:
    """Return the installed version, empty where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("shadow-parity")
    except PackageNotFoundError:
        return ""
