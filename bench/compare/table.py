"""The results as Markdown, and the marked section of a page that repeats them.

    python -m bench.compare.table docs/comparison.md           # bring the section up to date
    python -m bench.compare.table --check docs/comparison.md   # exit with 1 where it is not

The section lies between the lines `<!-- bench-compare: begin -->` and `<!-- bench-compare: end -->`.
"""

from __future__ import annotations

from typing import Any

from bench.section import RESULTS, command, measured, targets_met

BEGIN, END = "<!-- bench-compare: begin -->", "<!-- bench-compare: end -->"
RESULT = RESULTS / "compare.json"
COMPILED = "capacity, compiled"
"""The half that is measured in a tree in which the modules are compiled."""
_BUILDS = {"capacity": "Pure Python", COMPILED: "Compiled (`SHADOW_COMPILE=1`), as the image is built"}


def render(result: dict[str, Any]) -> str:
    """Return targets, the cost of one comparison and the cost of an exchange."""
    halves = result["halves"]
    lines = targets_met(result["targets"])
    if "cost" in halves:
        lines += [
            "",
            f"{_measured(halves['cost'])} CPU time of one comparison of two whole answers from bytes; DeepDiff gets "
            "the documents from `json.loads`, which rounds decimals and forgets duplicate keys. A case that took "
            f"longer than {result['limit_s']:g} s of CPU was stopped.",
            "",
            "| documents | size | Shadow | DeepDiff | | `ignore_order` | |", "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [_row(case) for case in halves["cost"]["rows"]]
    for half, build in _BUILDS.items():
        if half not in halves:
            continue
        lines += [
            "",
            f"{build}. {_measured(halves[half])} CPU time of one exchange after the listener, at a fixed rate, every "
            "answer with a fresh timestamp.",
            "",
            "| size | the timestamp is | rate/s | sender µs | comparer µs | keeper µs | sum µs | completed |",
            "|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [_capacity(each) for each in halves[half]["rows"]]
    return "\n".join(lines) + "\n"


def _measured(half: dict[str, Any]) -> str:
    machine = half["machine"]
    return (
        f"{measured(machine, half['started_at'])}, Python {machine['python']}, "
        f"deepdiff {machine['deepdiff']}, msgspec {machine['msgspec']}."
    )


def targets(halves: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was asked for, what was measured, and whether it is met. Cases that were not run ask nothing."""
    cases = halves["cost"]["rows"] if "cost" in halves else []
    found = []
    for what, name, size, least in (("20 KB, one field and a timestamp", "one field", "20 KB", 150.0),
                                    ("20 KB, 50 fields", "50 fields", "20 KB", 40.0)):  # fmt: skip
        for case in cases:
            if (case["name"], case["size"]) == (name, size):
                ratio = case["deepdiff"] / case["shadow"]
                found.append({"what": f"{what}: at least {least:.0f} × as fast as DeepDiff on the whole",
                              "shown": f"{ratio:.0f} ×", "met": ratio >= least})  # fmt: skip
    for case in cases:
        if case["name"].startswith("5000 shuffled"):
            found.append({"what": "5,000 shuffled objects, 10 % changed: below 50 ms",
                          "shown": f"{case['shadow'] * 1e3:.0f} ms", "met": case["shadow"] < 0.05})  # fmt: skip
    for half, build in (("capacity", "pure Python"), (COMPILED, "compiled")):
        capacity = halves[half]["rows"] if half in halves else []
        for size, most in (("1 KB", 200.0), ("20 KB", 500.0)):
            rows = [each for each in capacity if each["size"] == size and each["way"] == capacity[0]["way"]]
            if rows:
                total = rows[0]["total_us"]
                found.append({
                    "what": f"an exchange at {size}, all costs after the listener, {build}: at most {most:.0f} µs",
                    "shown": f"{total:.0f} µs", "met": total <= most and rows[0]["completed_ratio"] > 0.99,
                })  # fmt: skip
    return found


def _row(case: dict[str, Any]) -> str:
    ours = case["shadow"]
    cells = [_time(ours)]
    for subject in ("deepdiff", "ignore_order"):
        theirs = case[subject]
        cells += ["stopped", ""] if theirs is None else [_time(theirs), f"{theirs / ours:,.0f} ×" if ours else ""]
    return f"| {case['name']} | {case['size']} | " + " | ".join(cells) + " |"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "stopped"
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


def _capacity(each: dict[str, Any]) -> str:
    cpu = each["cpu_us"]
    return (
        f"| {each['size']} | {each['way']} | {each['rate']:.0f} | {cpu['sender']:.0f} | {cpu['comparer']:.0f} "
        f"| {cpu['keeper']:.0f} | {each['total_us']:.0f} | {each['completed_ratio']:.0%} |"
    )


def main() -> None:
    """Bring a page up to date, or check it."""
    command("bench.compare.table", RESULT, render, BEGIN, END)


if __name__ == "__main__":
    main()
