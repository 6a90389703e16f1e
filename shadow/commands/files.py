"""Write a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from shadow.errors import EnvironmentFailure


def write_atomic(path: Path, text: str) -> None:
    """Write text beside its place and rename it there, so that a reader never sees half a file. A symbolic link stays
    one, and an existing file keeps its permissions; a new one is for everybody to read.

    Raises EnvironmentFailure where the place cannot be written.
    """
    place = path.resolve()
    temporary = ""
    try:
        with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
            temporary = file.name
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, place.stat().st_mode & 0o777 if place.exists() else 0o644)
        os.replace(temporary, place)
        temporary = ""
    except OSError as error:
        raise EnvironmentFailure(
            f"{path}: cannot be written: {error.strerror or error}.", "Free the place, or grant the right to write."
        ) from error
    finally:
        if temporary:
            os.unlink(temporary)
