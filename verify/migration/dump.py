"""pg_dump into pg_restore, through a pipe: nothing of the data touches a disk on the way."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping

from shadow.errors import StoreError
from verify.migration.command import Output, ended

_DUMP = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--no-subscriptions", "--no-publications")
_RESTORE = ("--no-owner", "--no-privileges", "--exit-on-error")


async def dump_and_restore(old: str, new: str, label: str, environment: Mapping[str, str]) -> None:
    """Copy a database into an empty one; both URLs are without passwords, which the environment holds.

    Raises StoreError.
    """
    programs = [shutil.which(name) for name in ("pg_dump", "pg_restore")]
    if None in programs:
        raise StoreError(
            f"{label} is in use, so it cannot be a template, and there is no pg_dump and pg_restore to copy it with.",
            "Install PostgreSQL's client programs of the server's version, or end its sessions.",
        )
    dump, restore = (str(program) for program in programs)
    environ = {**os.environ, **environment, "LC_ALL": "C", "PGAPPNAME": "shadow verify"}
    read, write = os.pipe()
    first = second = None
    try:
        first = await asyncio.create_subprocess_exec(
            dump, *_DUMP, "--dbname", old, stdin=asyncio.subprocess.DEVNULL, stdout=write,
            stderr=asyncio.subprocess.PIPE, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(write)
        write = -1
        second = await asyncio.create_subprocess_exec(
            restore, *_RESTORE, "--dbname", new, stdin=read, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(read)
        read = -1
        said = Output(), Output()
        await asyncio.gather(said[0].take(first.stderr), said[1].take(second.stderr))
        codes = await first.wait(), await second.wait()
    finally:
        for descriptor in (read, write):
            if descriptor >= 0:
                os.close(descriptor)
        for process in (first, second):
            if process is not None:
                await ended(process)
    # Whose end broke the pipe is told by the restore; a dump that failed on its own leaves it without input.
    order = (("pg_restore", codes[1], said[1]), ("pg_dump", codes[0], said[0]))
    broken = codes[0] < 0 or "Broken pipe" in said[0].text()
    for name, code, output in order if broken else reversed(order):
        if code:
            raise StoreError(
                f"{label} could not be copied: {name} ended with {code}: {_words(output.text())}",
                "Mend what it names (the programs must not be older than the server), or copy by template.",
            )


def _words(text: str) -> str:
    """Return what the programs say themselves; the server's context lines may quote rows."""
    lines = [line for line in text.splitlines() if line.startswith(("pg_dump: ", "pg_restore: "))]
    return " / ".join(line for line in lines if "error" in line)[:600] or "it says nothing"
