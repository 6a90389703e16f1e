"""The bearer token of the control API: from the configuration, else a file beside the ledger."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shadow.config.model import Config
from shadow.errors import EnvironmentFailure


def token_path(config: Config) -> Path:
    """Where a token that was not configured is kept."""
    ledger = Path(config.ledger.path)
    return ledger.with_name(ledger.name + ".token")


def load_token(config: Config) -> str:
    """Return the configured token, or the one in `<ledger>.token`, which is made on first use and readable by its
    owner only. Raises EnvironmentFailure when the file cannot be made or read, is empty, or is open to others."""
    if config.control.token:
        return config.control.token
    path = token_path(config)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Written whole under another name first: who finds the file finds a token in it.
            made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            try:
                os.link(made, path)
            except FileExistsError:
                pass
            finally:
                made.unlink()
        except PermissionError:
            if not path.exists():
                raise
        return _checked(path)
    except OSError as error:
        raise EnvironmentFailure(
            f"the control API's token {path} cannot be used ({error.strerror}).",
            "Make its folder writable, or set control.token from a secret.",
        ) from error


def read_token(config: Config) -> str:
    """Return the token of a mirror that runs; nothing is made. Raises EnvironmentFailure where there is none."""
    if config.control.token:
        return config.control.token
    path = token_path(config)
    try:
        return _checked(path)
    except FileNotFoundError:
        raise EnvironmentFailure(
            f"there is no token at {path}: the mirror has not run with this configuration, or runs elsewhere.",
            "Start it with `shadow mirror`, or set control.token on both sides.",
        ) from None
    except OSError as error:
        raise EnvironmentFailure(
            f"the control API's token {path} cannot be read ({error.strerror}).",
            "Run this as the user who runs the mirror.",
        ) from error


def _checked(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise EnvironmentFailure(
            f"the control API's token {path} can be read by others than its owner.",
            f"Remove it, so that a new one is made; it is to have mode 0600: chmod 600 {path}.",
        )
    token = path.read_text("ascii", errors="replace").strip()
    if not token:
        raise EnvironmentFailure(f"the control API's token {path} is empty.", "Remove it, so that a new one is made.")
    return token
