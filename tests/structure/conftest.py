"""The source tree as the structure tests see it."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shadow", "verify", "reports")


@dataclass(frozen=True)
class Module:
    """One module of ours: dotted name, path from the root, text and syntax tree."""

    name: str
    path: str
    text: str
    tree: ast.Module

    def imports(self) -> list[tuple[int, str]]:
        """Every import of one of our modules, wherever it stands: (line, dotted name)."""
        found: list[tuple[int, str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}:{node.lineno}: relative imports hide the arrow"
                module = node.module or ""
                found += [(node.lineno, _submodule(module, alias.name)) for alias in node.names]
        return [(line, name) for line, name in found if name.split(".")[0] in PACKAGES]


def _submodule(module: str, name: str) -> str:
    """`from shadow.config import model` imports shadow.config.model, `from shadow.config import Config` does not."""
    folder = ROOT.joinpath(*module.split("."))
    if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
        return f"{module}.{name}"
    return module


def read_module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    relative = path.relative_to(ROOT)
    name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
    return Module(name=name, path=str(relative), text=text, tree=ast.parse(text))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    found = [read_module(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 50
    return found


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file under version control; skips where there is no git (an unpacked archive)."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := root / name).is_file()]
