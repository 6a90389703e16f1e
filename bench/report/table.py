"""The results as Markdown, and the marked sections of the pages that repeat them.

    python -m bench.report.table            # bring the sections up to date
    python -m bench.report.table --check    # exit with 1 where they are not

They lie between the lines `<!-- bench-report: begin -->` and `<!-- bench-report: end -->`: the table in docs/gate.md, a
sentence in README.md.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.section import RESULTS, measured, targets_met, with_section

BEGIN, END = "<!-- bench-report: begin -->", "<!-- bench-report: end -->"
RESULT = RESULTS / "report.json"
ROOT = RESULTS.parents[1]

MOST_S = {"gate": 1.5, "report": 2.0}
MOST_BYTES = 2_000_000


def targets(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was asked for, what was measured (wall time), and whether it is met."""
    found = []
    for row in result["rows"]:
        if row["ledger"] == "large":
            most = MOST_S[row["command"]]
            found.append({"what": f"`shadow {row['command']}`: at most {most:g} s, start-up included",
                          "shown": f"{row['wall_s']:.2f} s", "met": row["wall_s"] <= most})  # fmt: skip
            if row["page_bytes"]:
                found.append({"what": "its page: at most 2 MB", "shown": f"{row['page_bytes'] / 1e6:.2f} MB",
                              "met": row["page_bytes"] <= MOST_BYTES})  # fmt: skip
    return found


def render(result: dict[str, Any]) -> str:
    """Return the targets and every figure."""
    machine, size = result["machine"], result["size"]
    lines = [
        f"{measured(machine, result['started_at'], on='on one of')}, Python {machine['python']}, "
        f"numpy {machine['numpy']}; the least of {result['runs']} runs of the whole command. "
        f"{size['exchanges']:,} exchanges over {size['days']} days, {size['endpoints']} endpoints, "
        f"{size['signatures']} signatures; the floor is a ledger of one.",
        "",
        *targets_met(targets(result)),
        "",
        "| command | ledger | seconds | of the processor | ledger | page |",
        "|---|---|---|---|---|---|",
        *(
            f"| `shadow {row['command']}` | {row['ledger']} | {row['wall_s']:.2f} | {row['cpu_s']:.2f} "
            f"| {row['ledger_bytes'] / 1e6:.1f} MB | "
            + (f"{row['page_bytes'] / 1e6:.2f} MB |" if row["page_bytes"] else "|")
            for row in result["rows"]
        ),
    ]
    return "\n".join(lines) + "\n"


def sentence(result: dict[str, Any]) -> str:
    """Return what the README says of it."""
    rows = {row["command"]: row for row in result["rows"] if row["ledger"] == "large"}
    gate, page = rows["gate"], rows["report"]
    return (
        f"- On a ledger of {result['size']['exchanges'] / 1e6:g} million exchanges over {result['size']['days']} days "
        f"`shadow gate` takes {gate['wall_s']:.2f} s ({gate['cpu_s']:.2f} s of the processor), start-up\n"
        f"  included, and `shadow report` {page['wall_s']:.2f} s ({page['cpu_s']:.2f} s) for a page of "
        f"{page['page_bytes'] / 1e6:.1f} MB ([table](docs/gate.md#how-fast-it-is)).\n"
    )


PAGES = {"docs/gate.md": render, "README.md": sentence}


def update(result: dict[str, Any]) -> None:
    """Bring both pages up to date. Raises ValueError for a page without the markers."""
    for name, text in PAGES.items():
        page = ROOT / name
        page.write_text(with_section(page.read_text(), text(result), BEGIN, END))


def outdated(result: dict[str, Any]) -> list[str]:
    """Return the pages that do not say what the result does."""
    pages = {name: (ROOT / name).read_text() for name in PAGES}
    return [name for name, page in pages.items() if with_section(page, PAGES[name](result), BEGIN, END) != page]


def main() -> None:
    """Bring the pages up to date, or check them."""
    parser = argparse.ArgumentParser(prog="python -m bench.report.table", description="The marked sections.")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    result = json.loads(RESULT.read_text())
    if not options.check:
        update(result)
    elif found := outdated(result):
        raise SystemExit(f"not up to date: {', '.join(found)}; python -m bench.report.table")


if __name__ == "__main__":
    main()
