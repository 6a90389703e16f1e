"""Which build of the live path runs: compiled (docs/operations.md), or pure Python."""

from __future__ import annotations

from importlib.util import find_spec


def live_path() -> str:
    """Return `compiled` or `pure Python`, as the modules of the live path lie there; none of them is imported."""
    spec = find_spec("shadow.wire.inbound")
    origin = "" if spec is None or spec.origin is None else spec.origin
    return "pure Python" if origin.endswith(".py") else "compiled"
