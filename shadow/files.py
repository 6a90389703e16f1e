"""Putting a file in its place whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace_file(place: Path, content: bytes, mode: int) -> None:
    """Write beside the place and rename, so that a reader never sees half a file, and a crash leaves the old one.

    Raises OSError where the place cannot be written; then nothing is left beside it.
    """
    temporary = ""
    try:
        with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
            temporary = file.name
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private to whoever makes it.
        os.chmod(temporary, mode)
        os.replace(temporary, place)
        temporary = ""
    finally:
        if temporary:
            os.unlink(temporary)
