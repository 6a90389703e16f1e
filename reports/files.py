"""Write what reviewers and pipelines read whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from shadow.errors import EnvironmentFailure
from shadow.files import replace_file


def write_atomic(path: Path, text: str) -> None:
    """Write text next to its place and rename it there, so that a reader never sees half a file.

    Missing folders are made. Raises EnvironmentFailure where the place cannot be written.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes whole or not at all; as `write_atomic`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What is handed to a reviewer follows the umask like any other file.
        replace_file(path, content, 0o666 & ~current_umask())
    except OSError as error:
        raise EnvironmentFailure(
            f"Cannot write {path}: {error.strerror or error}.", "Choose another place with --out, or free this one."
        ) from error


def current_umask() -> int:
    """Return the umask; the only way to read it is to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
