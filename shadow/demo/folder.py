"""The folder of a demo run: made or emptied of an earlier run, and never anything else."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from shadow.errors import EnvironmentFailure

MARKER = ".shadow-demo"
BACKENDS = ("primary", "secondary", "candidate")
STEPS = ("seed", "migrate", "mirror", "traffic", "traffic-answers", "verify", "gate", "report")
DATABASES = ("old.db", "secondary.db", "new.db", "ledger.db")
BESIDE = ("", "-wal", "-shm", "-journal", ".key", ".lock", ".lanes")
RESULTS = ("report.html", "result.json", "gate.json")


def own_names() -> tuple[str, ...]:
    """Return the names of all files that a run may leave."""
    logs = tuple(f"{name}.log" for name in (*BACKENDS, *STEPS))
    return (*logs, *(database + end for database, end in product(DATABASES, BESIDE)), *RESULTS)


def prepare_folder(out: Path) -> None:
    """Make the folder, and remove what an earlier run left in it.

    Raises EnvironmentFailure for a folder that holds something and was not made by a demo, so that nobody's ledger
    or database of the same name is lost, and where it cannot be written.
    """
    marker = out / MARKER
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not marker.exists() and any(out.iterdir()):
            raise EnvironmentFailure(
                f"{out} is not empty, and no earlier demo made it.", "Name another folder with --out."
            )
        marker.touch()
        for name in own_names():
            (out / name).unlink(missing_ok=True)
        # A killed run leaves its counters behind, under a name of their own.
        for path in out.glob("ledger.db.lanes.*"):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFailure(
            f"{out} cannot be used ({error.strerror}).", "Name another folder with --out."
        ) from error
