"""`python -m bench.verify.table [--check] PAGE`: the marked section of a page that repeats the results."""

from __future__ import annotations

from typing import Any

from bench.section import RESULTS, command, measured
from bench.verify.summary import is_good, median, targets, timed

RESULT = RESULTS / "verify.json"
BEGIN, END = "<!-- bench-verify: begin -->", "<!-- bench-verify: end -->"

_NAMES = {
    "shadow-fast": "**Shadow**, one lane", "shadow-default": "**Shadow**, two lanes",
    "shadow-documents": "**Shadow**", "shadow-cross": "**Shadow**",
    "limit-fast": "the bare digest SQL, one lane", "limit-default": "the bare digest SQL, two lanes",
    "raw-reads": "a raw read of both sides", "reladiff": "reladiff, hashdiff",
    "reladiff-unsorted": "reladiff, `--skip-sort-results`", "datadiffer": "datadiffer",
}  # fmt: skip
_WHAT = {"wall_s": "wall", "server_cpu_s": "server CPU", "mb": "bytes", "rows_s": "time of the check of the rows"}


def render(result: dict[str, Any]) -> str:
    """Return the section: the conditions, the targets, one table per pair of engines, and what peers got wrong."""
    samples = result["samples"]
    machine = result["machine"]
    lines = [
        f"{measured(machine, result['day'])}; {result['versions']}; {result['rows']:,} rows PostgreSQL → PostgreSQL, "
        f"{result['documents']:,} documents elsewhere, {result['rounds']} timed rounds, everything on one machine and "
        "in memory.",
        "", "| figure | median (least–most) of the rounds | target | |", "|---|---|---|---|",
        *(_target(each) for each in targets(samples)), "",
    ]  # fmt: skip
    for engines in dict.fromkeys(s["engines"] for s in samples):
        lines += [
            f"{engines}:", "",
            "| differences | | wall s | client CPU s | server CPU s | MB | queries | client MB | found |",
            "|---|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        mine = [s for s in samples if s["engines"] == engines]
        for variant in dict.fromkeys(s["variant"] for s in mine):
            for subject in dict.fromkeys(s["subject"] for s in mine if s["variant"] == variant):
                lines.append(_row(samples, engines, variant, subject))
        lines.append("")
    lines += [f"- {each}" for each in result["judged"]]
    return "\n".join(lines) + "\n"


def _target(target: dict[str, Any]) -> str:
    verdict = "met" if target["met"] else "missed"
    if target["what"] == "peak_mb":
        return f"| client memory at most, MB | {target['most']:.0f} | ≤ {target['bound']:.0f} | {verdict} |"
    where = f"{target['engines']}, {target['variant']}"
    ours = _NAMES[target["subject"]].replace("**Shadow**, ", "").replace("**Shadow**", "").strip()
    where += f", {ours}" if ours else ""
    if target["what"] == "pairs":
        what, shape, sign = "pairs per second and client core", "{:,.0f}", "≥"
    elif not target["peer"]:
        what, shape, sign = "MB over the wire", "{:.2f}", "≤"
    else:
        peer = "the same table without differences" if target["peer"] == "same" else _NAMES[target["peer"]]
        what, shape, sign = f"{_WHAT[target['what']]} / {peer}", "{:.2f}", "≤"
    low, high = shape.format(target["least"]), shape.format(target["most"])
    spread = f" ({low}–{high})" if target["what"] != "mb" else ""
    bound = f"{target['bound']:,.0f}" if target["what"] == "pairs" else f"{target['bound']:g}"
    return f"| {where}: {what} | {shape.format(target['median'])}{spread} | {sign} {bound} | {verdict} |"


def _row(samples: list[dict[str, Any]], engines: str, variant: str, subject: str) -> str:
    ran = [s for s in samples if (s["engines"], s["variant"], s["subject"]) == (engines, variant, subject)]
    rounds = timed(samples, engines, variant, subject) or ran
    last = rounds[-1]
    if last["found"] < 0:
        return f"| {variant} | {_NAMES[subject]} | | | | | | | {last['status']}: {last['note'][:70]} |"
    counted = next((s for s in ran if "mb" in s), {"mb": 0.0, "queries": 0})
    wall = f"{median(rounds, 'wall_s'):.2f}"
    if subject == "shadow-documents" or subject == "shadow-cross":
        wall += f" (rows {median(rounds, 'rows_s'):.2f})"
    found = "" if subject == "raw-reads" else f"{last['found']:,}"
    if not all(is_good(each) for each in ran):
        found += f" **of {last['expected']:,}**"
    elif subject.startswith("limit"):
        found = "something" if last["found"] else "nothing"
    return (
        f"| {variant} | {_NAMES[subject]} | {wall} | {median(rounds, 'client_cpu_s'):.2f} "
        f"| {median(rounds, 'server_cpu_s'):.2f} | {counted['mb']:.2f} | {counted['queries']:,} "
        f"| {median(rounds, 'client_mb'):.0f} | {found} |"
    )


def main() -> None:
    """Bring a page up to date, or check it."""
    command("bench.verify.table", RESULT, render, BEGIN, END)


if __name__ == "__main__":
    main()
