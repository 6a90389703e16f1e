"""Where the key of the keyed hashes comes from: the configuration, else a file beside the ledger."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shadow.config.model import Redact
from shadow.errors import EnvironmentFailure

_LEAST_BYTES = 16


def load_redaction_key(settings: Redact, ledger_path: Path) -> bytes:
    """Return the configured key, or the one in `<ledger>.key`, which is made on first use and readable by its owner
    only. Raises EnvironmentFailure when the file cannot be made, read, or is too short to be a key."""
    if settings.key:
        return settings.key.encode()
    path = ledger_path.with_name(ledger_path.name + ".key")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes().strip()
        else:
            key = secrets.token_hex(32).encode()
            with os.fdopen(descriptor, "wb") as file:
                file.write(key + b"\n")
    except OSError as error:
        raise EnvironmentFailure(
            f"the redaction key {path} cannot be used ({error.strerror}).",
            "Make its folder writable, or set redact.key from a secret.",
        ) from error
    if len(key) < _LEAST_BYTES:
        raise EnvironmentFailure(
            f"the redaction key {path} is shorter than {_LEAST_BYTES} bytes.",
            "Remove it to have a new one made (the ledger then needs a new file too), or set redact.key.",
        )
    return key
