"""What peers get wrong, run once and said in words: each sentence is about an exit code that was seen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_COLUMNS = ("customer", "status", "placed_at", "total", "meta", "paid", "note")


def null_became_text(old: str, new: str, expected: int) -> str:
    """Return how the command lines of reladiff and of ours end on tables in which NULLs became text."""
    words = [sys.executable, "-m", "reladiff", old, "orders", new, "orders", "-k", "id"]
    theirs = _run([*words, *(part for column in _COLUMNS for part in ("-c", column))])
    ours = _run([
        sys.executable, "-m", "shadow", "verify", "run", "--old", old, "--new", new, "--no-ledger", "--json",
    ])  # fmt: skip
    lines = sum(line[:1] in (b"+", b"-") for line in theirs.stdout.splitlines())
    crash = next((line for line in theirs.stderr.decode(errors="replace").splitlines() if "TypeError" in line), "")
    told = f"exits {theirs.returncode} with {lines:,} lines of differences"
    told += f" (its log: `{crash.partition('TypeError')[2].strip(': ')[:80]}`)" if crash else ""
    told_by_us = json.loads(ours.stdout)
    checks = told_by_us["checks"] if isinstance(told_by_us, dict) else told_by_us
    found = next((each["total"] for each in checks if each["check"] == "rows"), 0)
    right = "finds them all" if found == expected else f"finds {found:,}"
    return (
        f"A NULL became text in some of {expected:,} changed rows: reladiff {version('reladiff')} {told}; "
        f"Shadow {right} and exits {ours.returncode}."
    )


def is_right(sentence: str) -> bool:
    """Return whether ours was right."""
    return sentence.endswith("Shadow finds them all and exits 10.")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=600)
