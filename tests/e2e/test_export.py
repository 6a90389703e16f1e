"""Differences become tests: they fail against the backend that differs, and pass against the one that does not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def pytest_against(url: str, *where: str) -> tuple[int, dict[str, int], str]:
    """Run written tests in a process of their own, far from this project: exit code and counts."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SHADOW"))}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", *where],
        env=environ | {"SHADOW_BASE_URL": url}, cwd=Path(where[0]).parent, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    last = done.stdout.strip().splitlines()[-1]
    return done.returncode, {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed)", last)}, done.stdout


def shadow(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "shadow", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_written_tests_tell_the_backends_apart(services: Any, mirror: Any, tmp_path: Path) -> None:
    broken = services._serve("new_service.py", "--db", str(services.folder / "new.db"))
    legs = services.legs()
    legs["candidate"]["url"] = broken
    running = mirror(**legs, compare={"deadline_s": 10}, gate={"latency": None})
    services.traffic(running.url, 250, tmp_path / "record").communicate(timeout=60)
    running.stop()

    listed = json.loads(shadow("export", "-c", str(running.config), "--list", "--json"))
    assert len(listed) >= 4
    folder = tmp_path / "regression"
    told = json.loads(shadow("export", "-c", str(running.config), "--pytest", str(folder), "--json"))
    assert len(told["written"]) + len(told["left_out"]) == len(listed)
    assert len(told["written"]) >= 4, told
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{one['test']}.py" for one in told["written"])

    code, counts, output = pytest_against(broken, str(folder))
    assert (code, counts) == (1, {"failed": len(told["written"])}), output
    code, counts, output = pytest_against(services.primary, str(folder))
    assert (code, counts) == (0, {"passed": len(told["written"])}), output
    code, counts, output = pytest_against(services.candidate, str(folder))
    assert (code, counts) == (0, {"passed": len(told["written"])}), output

    one = listed[0]
    file = tmp_path / "test_one.py"
    shadow("export", "-c", str(running.config), "--pytest", str(file), "--signature", one["id"][:10])
    assert pytest_against(broken, str(file))[1] == {"failed": 1}
    commands = shadow("export", "-c", str(running.config), "--curl", "--signature", one["id"])
    assert services.primary in commands
    assert broken in commands
