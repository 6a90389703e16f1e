"""No tracked file speaks of the machine it was made on."""

from __future__ import annotations

import re
from pathlib import Path

# Written in pieces, so that this file does not contain what it forbids.
FORBIDDEN = {
    "a build machine's folder": re.compile(r"(?<![\w.~])/" + r"(?:work|root|home/[a-z]+)/(?!\.\.\.)[\w.]"),
    "a scratch folder of the build": re.compile(r"/tmp/" + r"(?:brief|bash_jobs)"),
    "a merge left undone": re.compile(r"(?m)^(?:<{7}|>{7}) "),
}
SUFFIXES = {
    ".py",
    ".md",
    ".cfg",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".html",
    ".css",
    ".js",
    ".txt",
    ".sql",
    ".sh",
    "",
}


def faults(text: str) -> list[str]:
    return [f"{what}: {found[0]}" for what, pattern in FORBIDDEN.items() if (found := pattern.search(text))]


def test_no_forbidden_words_in_tracked_files(root: Path, tracked: list[Path]) -> None:
    wrong = []
    for path in tracked:
        if path.suffix in SUFFIXES:
            wrong += [f"{path.relative_to(root)}: {one}" for one in faults(path.read_text("utf-8", "replace"))]
    assert len(tracked) > 50
    assert wrong == []


def test_the_patterns_find_what_they_should() -> None:
    assert faults("see /" + "work/main/x")
    assert faults("see /" + "root/.cache")
    assert faults("x\n" + "<" * 7 + " HEAD\n")
    assert faults("GET /users, ./work/x, http://a/work/x and sqlite:////srv/a.db") == []
