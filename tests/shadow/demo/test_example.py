"""The example is found beside the sources, or its absence is told with a remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shadow.demo import example as module
from shadow.demo.example import SCRIPTS, find_example
from shadow.errors import EnvironmentFailure


def checkout(root: Path) -> Path:
    folder = root / "examples" / "orders"
    folder.mkdir(parents=True)
    for name in SCRIPTS:
        (folder / name).write_text("")
    return folder


def test_the_example_of_this_checkout_is_complete() -> None:
    found = find_example()
    assert found.folder == Path(__file__).resolve().parents[3] / "examples" / "orders"
    assert found.plants.name == "plants.json"
    assert found.config.is_file()


def test_a_script_runs_with_this_interpreter(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    assert find_example(tmp_path).command("seed.py", "--db", "x") == [
        sys.executable, str(folder / "seed.py"), "--db", "x",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_without_the_sources_the_remedy_is_to_clone(tmp_path: Path, name: str) -> None:
    (checkout(tmp_path) / name).unlink()
    with pytest.raises(EnvironmentFailure, match=f"not installed: there is no .*{name}") as caught:
        find_example(tmp_path)
    assert "clone the repository" in caught.value.remedy


def test_without_its_packages_the_remedy_is_to_install_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout(tmp_path)
    monkeypatch.setattr(module, "NEEDED", ("sys", "nowhere_a", "nowhere_b"))
    with pytest.raises(EnvironmentFailure, match="needs nowhere_a, nowhere_b, which is not installed") as caught:
        find_example(tmp_path)
    assert "pip install -e '.[demo]'" in caught.value.remedy
