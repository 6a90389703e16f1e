"""What a running mirror can take over from a changed configuration, and what needs a restart."""

from __future__ import annotations

from shadow.config.model import Config
from shadow.descriptors import check_descriptors
from shadow.endpoints import build_endpoint_map
from shadow.errors import ConfigError
from shadow.wire.dial import dialer_for
from shadow.wire.tls import server_context

# Bound when the processes started, or written into every row of the ledger.
_FIXED = (
    "listen", "mirror.listeners", "mirror.senders", "mirror.comparers", "mirror.pin", "ledger", "redact.key",
    "control",
)


def fixed_changes(old: Config, new: Config) -> tuple[str, ...]:
    """Return the names of the keys that differ and cannot change while the mirror runs."""
    changed = [name for name in _FIXED if _value(old, name) != _value(new, name)]
    for name in ("candidate", "secondary"):
        before, after = getattr(old, name), getattr(new, name)
        # A write that was let through for a leg of its own database may still wait on its way to that leg.
        if before is not None and after is not None and before.store != after.store:
            changed.append(f"{name}.store")
    return tuple(changed)


def check(old: Config, new: Config) -> None:
    """Find whatever would stop a process from taking a configuration over. Raises ConfigError or EnvironmentFailure."""
    changed = fixed_changes(old, new)
    if changed:
        keys = ", ".join(changed)
        raise ConfigError(
            f"{keys} cannot change while the mirror runs.", f"Restart the mirror, or put {keys} back as before."
        )
    build_endpoint_map(new)
    check_files(new)


def check_files(config: Config) -> None:
    """Load every certificate and the protobuf messages once: what a child would trip over is told now.

    Raises EnvironmentFailure, and ConfigError for the messages."""
    check_descriptors(config.compare.protobuf)
    if config.tls is not None:
        server_context(config.tls.certificate, config.tls.key, config.tls.client_ca)
    for leg in (config.primary, config.candidate, config.secondary):
        if leg is not None:
            dialer_for(leg)


def _value(config: Config, name: str) -> object:
    value: object = config
    for part in name.split("."):
        value = getattr(value, part)
    return value
