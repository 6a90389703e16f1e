"""What the commands of `shadow verify` share: what their options mean, where results go, and the exit codes."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shadow.config.model import Ledger, Redact, Verify
from shadow.errors import EXIT_ERROR, EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, ConfigError
from shadow.records import CheckStatus, DataCheck

if TYPE_CHECKING:
    from shadow.redact import Redactor

EXIT_CODES = {
    CheckStatus.error: EXIT_ERROR,
    CheckStatus.fail: EXIT_FAIL,
    CheckStatus.inconclusive: EXIT_INCONCLUSIVE,
    CheckStatus.waived: EXIT_PASS,
    CheckStatus.passed: EXIT_PASS,
}

FILE = click.Path(path_type=Path, dir_okay=False)


def settings_of(config: Path | None, old: str | None, new: str | None) -> tuple[Verify, Ledger | None, Redact]:
    """Return what to verify, the ledger of the configuration if it has one, and what to redact. Raises ConfigError."""
    if config is not None:
        if old or new:
            raise ConfigError("-c names the stores already; --old and --new contradict it.", "Give either.")
        return section_of(config, "Add `verify:` with `old:` and `new:`.")
    if not old or not new:
        raise ConfigError("There is nothing to verify.", "Give -c shadow.yaml, or both --old URL and --new URL.")
    require_two(old, new)
    return Verify(old=old, new=new), None, Redact()


def section_of(config: Path, remedy: str) -> tuple[Verify, Ledger | None, Redact]:
    """Return the section `verify` of a configuration, its ledger if it has one, and what to redact. Raises ConfigError,
    with this remedy where it has no such section."""
    from shadow.validation import load_config

    loaded = load_config(config)
    if loaded.verify is None:
        raise ConfigError(f"{config} has no section `verify`.", remedy)
    return loaded.verify, loaded.ledger, loaded.redact


def require_two(old: str, new: str) -> None:
    """Raise ConfigError where both sides are one store."""
    if old == new:
        raise ConfigError("--old and --new are one store, which always agrees with itself.", "Name the new store.")


def ledger_path(ledger: Path | None, no_ledger: bool, settings: Ledger | None) -> Path | None:
    """Return the ledger to write to: the one that is named, else that of the configuration. Raises ConfigError."""
    if ledger is not None and no_ledger:
        raise ConfigError("--ledger and --no-ledger contradict each other.", "Give one of them.")
    return None if no_ledger else ledger or (Path(settings.path) if settings else None)


def redactor_for(redact: Redact, path: Path | None) -> Redactor:
    """Return the redactor with the key of the ledger at that path. Raises EnvironmentFailure."""
    from shadow.redact import Redactor
    from shadow.redaction_key import load_redaction_key

    # Without a ledger there is nothing whose hashes ours would have to equal: a key for this run will do.
    return Redactor(redact, secrets.token_bytes(32) if path is None else load_redaction_key(redact, path))


def record_checks(
    checks: tuple[DataCheck, ...], path: Path, settings: Ledger, key_id: str
) -> tuple[DataCheck, ...]:
    """Write the checks to a ledger, each finding with the run since which it has been there; return them so.

    Raises LedgerError, EnvironmentFailure."""
    from shadow.ledger.parts import checks_before
    from shadow.ledger.writer import LedgerWriter
    from verify.running.since import dated

    with LedgerWriter.open(path, settings, key_id) as writer:
        checks = tuple(dated(check, checks_before(path, check)) for check in checks)
        for check in checks:
            writer.record_check(check)
    return checks
