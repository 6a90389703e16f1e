"""A run of twenty minutes is not lost to one server that was late."""

from __future__ import annotations

from typing import Any

import pytest

from bench.live.__main__ import surely


def test_what_failed_is_measured_once_more_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    tries = iter([SystemExit("nothing listens on port 1"), {"rps": 1.0}])

    def measure() -> dict[str, Any]:
        found = next(tries)
        if isinstance(found, BaseException):
            raise found
        return found

    assert surely("GET, nginx", measure) == {"rps": 1.0}
    assert "GET, nginx: measured once more, since it failed: nothing listens on port 1" in capsys.readouterr().out


def test_what_fails_twice_ends_the_run() -> None:
    def measure() -> dict[str, Any]:
        raise SystemExit("missing")

    with pytest.raises(SystemExit, match="missing"):
        surely("x", measure)
