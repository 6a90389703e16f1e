"""The one error tree, and the exit codes.

    ShadowError                 anything a user can act on; printed as one line, never as a traceback
    ├── ConfigError             shadow.yaml or a flag is wrong (exit 2)
    ├── EnvironmentFailure      the world is not as configured: busy port, unreachable leg (exit 3)
    │   └── StoreError          a database or file under verification cannot be used (exit 3)
    ├── LedgerError             the ledger cannot be opened, is corrupt or of another version (exit 12)
    └── EvidenceError           the evidence cannot be judged (exit 12)

Exit codes 0, 10, 11, 12 and 13 belong to the gate; 1 is Python's own (an uncaught exception, a bug of ours),
2 is click's and ours for wrong usage or configuration, 3 means that the environment has to change.
"""

from __future__ import annotations

EXIT_PASS = 0
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3
EXIT_FAIL = 10
EXIT_INCONCLUSIVE = 11
EXIT_ERROR = 12
EXIT_WAITING = 13


class ShadowError(Exception):
    """Raised when a user has to do something; `message` says what happened, `remedy` what to do next."""

    exit_code = EXIT_ENVIRONMENT

    def __init__(self, message: str, remedy: str = "") -> None:
        # One line, whatever names and values it quotes.
        self.message = " ".join(message.split("\n"))
        self.remedy = " ".join(remedy.split("\n"))
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigError(ShadowError):
    """Raised when the configuration or a flag is wrong; the message names file, line and value."""

    exit_code = EXIT_USAGE


class EnvironmentFailure(ShadowError):
    """Raised when the world is not as configured: a busy port, an unreachable leg, a missing permission."""

    exit_code = EXIT_ENVIRONMENT


class StoreError(EnvironmentFailure):
    """Raised when a database or file under verification cannot be opened or read."""


class LedgerError(ShadowError):
    """Raised when the ledger cannot be opened or written, is corrupt, or has another schema version."""

    exit_code = EXIT_ERROR


class EvidenceError(ShadowError):
    """Raised when evidence exists but cannot be judged."""

    exit_code = EXIT_ERROR
