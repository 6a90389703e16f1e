"""The shipped profiles of the gate: what a profile asks where the file says nothing. Pure."""

from __future__ import annotations

from typing import Any

PROFILES: dict[str, dict[str, Any]] = {
    "cutover": {
        "looks": "nightly",
        "parity": {"min_ratio": 0.999},
        "error_rate": {"margin_ratio": 0.005},
        "success": {"min_ratio": 0.999, "days": 7, "day_ratio": 0.995},
        "latency": {"quantiles": [0.5, 0.95, 0.99]},
        "objective": {"quantile": 0.95, "max_s": 0.2},
        "coverage": {"openapi_cases": True},
        "trips": {"armed_h": 48},
        "load": {"factor": 2.0, "dry_run": True},
        "sensitivity": {"min_detected_ratio": 0.9},
        "approval": {"required": 1},
    }
}


def with_profile(value: Any) -> Any:
    """Return a whole configuration with the profile that `gate.profile` names filled in; what the file says wins, key
    by key. Anything that is no configuration, or names no profile, comes back as it is."""
    gate = value.get("gate") if isinstance(value, dict) else None
    profile = gate.get("profile") if isinstance(gate, dict) else None
    filled = PROFILES.get(profile) if isinstance(profile, str) else None
    if filled is None or not isinstance(gate, dict):
        return value
    merged = dict(gate)
    for name, given in filled.items():
        written = gate.get(name, {}) if isinstance(given, dict) else gate.get(name)
        if isinstance(given, dict):
            if name not in gate or isinstance(written, dict):
                merged[name] = given | (written or {})
        elif name not in gate:
            merged[name] = given
    return value | {"gate": merged}
