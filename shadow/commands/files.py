"""Write a file of the user's whole or not at all."""

from __future__ import annotations

from pathlib import Path

from shadow.errors import EnvironmentFailure
from shadow.files import replace_file


def write_atomic(path: Path, text: str) -> None:
    """Write text beside its place and rename it there, so that a reader never sees half a file. A symbolic link stays
    one, and an existing file keeps its permissions; a new one is for everybody to read.

    Raises EnvironmentFailure where the place cannot be written.
    """
    place, content = path.resolve(), text.encode("utf-8")
    try:
        replace_file(place, content, place.stat().st_mode & 0o777 if place.exists() else 0o644)
    except OSError as error:
        raise EnvironmentFailure(
            f"{path}: cannot be written: {error.strerror or error}.", "Free the place, or grant the right to write."
        ) from error
