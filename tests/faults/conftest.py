"""A mirror of real processes between scripted backends; the helpers beside this file are importable."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from fault_backends import Backend  # noqa: E402 - found by the line above
from fault_traffic import Live  # noqa: E402

_spec = importlib.util.spec_from_file_location("e2e_conftest", HERE.parent / "e2e" / "conftest.py")
assert _spec is not None and _spec.loader is not None
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)
mirror = _e2e.mirror


@pytest.fixture
def backends() -> Iterator[Callable[..., Backend]]:
    """Start a backend that answers well until told otherwise."""
    made: list[Backend] = []

    def start(**how: Any) -> Backend:
        made.append(Backend(**how))
        return made[-1]

    yield start
    for backend in made:
        backend.close()


@pytest.fixture
def primary(backends: Callable[..., Backend]) -> Backend:
    return backends()


@pytest.fixture
def candidate(backends: Callable[..., Backend]) -> Backend:
    return backends()


@pytest.fixture
def faulty(mirror: Callable[..., Any], primary: Backend, candidate: Backend) -> Callable[..., tuple[Any, Live]]:
    """Start a mirror with short shadow timeouts; keywords are sections that add to or replace the default ones."""

    def start(**sections: Any) -> tuple[Any, Live]:
        quick = {"connect_timeout_s": 0.3, "timeout_s": 0.3, "breaker_open_s": 0.3}
        settings = {
            "primary": {"url": primary.url, "build": "old"},
            "candidate": {"url": candidate.url, "build": "new", **quick},
            "mirror": {"tee_bytes": 8 << 20, "drain_s": 5},
        }
        for name, section in sections.items():
            defaults = settings.get(name, {"build": "old", **quick} if name == "secondary" else {})
            settings[name] = {**defaults, **section}
        running = mirror(**settings)
        return running, Live(running.port)

    return start
