"""Where the example lies and whether it can run."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec

import shadow
from shadow.errors import EnvironmentFailure

NEEDED = ("flask", "waitress", "fastapi", "uvicorn")
SCRIPTS = ("seed.py", "migrate.py", "old_service.py", "new_service.py", "traffic.py", "plants.json", "shadow.yaml")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of the example's scripts."""

    folder: Path

    def command(self, script: str, *arguments: str) -> list[str]:
        """Return the command line that runs one of its scripts with this interpreter."""
        return [sys.executable, str(self.folder / script), *arguments]

    @property
    def plants(self) -> Path:
        """The list of planted divergences."""
        return self.folder / "plants.json"

    @property
    def config(self) -> Path:
        """The shadow.yaml."""
        return self.folder / "shadow.yaml"


def find_example(root: Path | None = None) -> Example:
    """Return the example beside the sources, `root` being the checkout.

    Raises EnvironmentFailure where this is no source checkout, or a package that the example needs is missing.
    """
    base = Path(shadow.__file__).resolve().parents[1] if root is None else root
    folder = base / "examples" / "orders"
    lacking = [name for name in SCRIPTS if not (folder / name).is_file()]
    if lacking:
        raise EnvironmentFailure(
            f"the example is not installed: there is no {folder / lacking[0]}.",
            "It comes with the sources only: clone the repository and run `make demo` there.",
        )
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise EnvironmentFailure(
            f"the example needs {', '.join(missing)}, which is not installed.",
            "Install it with `pip install -e '.[demo]'`, or run `make demo`, which does so.",
        )
    return Example(folder=folder)
