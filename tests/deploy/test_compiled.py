"""The optional compiled build: what it contains, and that nothing depends on it."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, Primary, ShadowLeg
from shadow.doctor.host import host_checks, read_host
from shadow.wire.build import live_path

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup_py(monkeypatch: Any) -> dict[str, Any]:
    """The names of setup.py, which is not run to its end."""
    monkeypatch.delenv("SHADOW_COMPILE", raising=False)
    monkeypatch.setattr("setuptools.setup", lambda **settings: None)
    return runpy.run_path(str(ROOT / "setup.py"))


def test_what_is_compiled_exists_and_nothing_is_unless_asked_for(setup_py: dict[str, Any]) -> None:
    assert [name for name in setup_py["COMPILED"] if not (ROOT / name).is_file()] == []
    assert setup_py["extensions"]() == []


def test_the_listener_says_which_build_runs(caplog: Any, monkeypatch: Any) -> None:
    # The tests run in both builds (make test-compiled).
    compiled = bool(list((ROOT / "shadow" / "wire").glob("inbound.*.so")))
    assert live_path() == ("compiled" if compiled else "pure Python")
    source = (ROOT / "shadow" / "mirror" / "listener.py").read_text("utf-8")
    assert 'log.info("the live path is %s", live_path())' in source


def test_doctor_says_which_build_runs() -> None:
    config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
    (check,) = [check for check in host_checks(config, read_host()) if check.name == "build"]
    assert live_path() in check.message


def built(folder: Path, **environment: str) -> tuple[int, str]:
    """Build a copy of the live path's rooms in place: how many extension modules there are, and what runs then."""
    if shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("there is no C compiler")
    for name in ("shadow", "setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(ROOT / name, folder / name)
    subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, check=True,
                   capture_output=True, env=os.environ | {"SHADOW_COMPILE": "1", **environment})  # fmt: skip
    says = "from shadow.mirror import exchange; from shadow.wire.build import live_path; print(live_path())"
    told = subprocess.run([sys.executable, "-c", says], cwd=folder, check=True, capture_output=True, text=True)
    return len([*folder.glob("*.so"), *(folder / "shadow").rglob("*.so")]), told.stdout.strip()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_is_compiled_where_that_is_asked_for(tmp_path: Path, setup_py: dict[str, Any]) -> None:
    assert built(tmp_path) == (len(setup_py["COMPILED"]) + 1, "compiled")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_a_compiler_it_is_pure_python(tmp_path: Path) -> None:
    assert built(tmp_path, CC="false") == (0, "pure Python")
