"""The tour in docs/verify.md: every command is run against real servers, and every line it shows is what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text()
TOUR = PAGE.partition("\n## A tour\n")[2].partition("\n## ")[0]
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OLD, NEW = "postgresql://postgres@127.0.0.1:5432/shop", "mongodb://127.0.0.1:27017/shop?replicaSet=rs0"


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that it is shown to print."""
    command, shown = "", list[str]()
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line.removeprefix("$ "), []
        else:
            shown.append(line)
    yield command, shown


def fits(shown: str, said: str) -> bool:
    """Return whether a line is what the page shows; `…` stands for what is another thing each time."""
    return re.fullmatch(".+?".join(map(re.escape, shown.split("…"))), said) is not None


def test_every_command_says_what_the_tour_shows(
    postgres: PostgresServer, mongo: MongoServer, tmp_path: Path
) -> None:
    database, collection = postgres.new_database(), mongo.new_database()
    urls = {OLD: postgres.url(database), NEW: mongo.url(collection)}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}

    def real(text: str) -> str:
        for shown, url in urls.items():
            text = text.replace(shown, url)
        return text

    def run(command: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        environment["?"] = str(done.returncode)
        return done.stdout.splitlines()

    ran = 0
    for kind, title, text in BLOCK.findall(TOUR):
        match kind:
            case "sql":
                postgres.execute(database, text)
            case "python" | "yaml":
                (tmp_path / title).write_text(real(text))
            case "console":
                for command, shown in commands(text):
                    code = environment.get("?", "")
                    said = [code] if command == "echo $?" else run(real(command))
                    wanted = [real(line) for line in shown]
                    wrong = [(one, other) for one, other in zip(wanted, said, strict=False) if not fits(one, other)]
                    assert len(said) == len(wanted) and not wrong, (command, wrong, said)
                    ran += 1
            case _:
                pytest.fail(f"a block of the kind {kind}")
    assert ran == 7
