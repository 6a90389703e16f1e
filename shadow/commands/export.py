"""`shadow export`: differing requests as regression tests or as curl commands."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shadow.clock import SystemClock
from shadow.config.model import Config
from shadow.errors import EnvironmentFailure, EvidenceError
from shadow.export.case import Case, NotExportableError, case_of
from shadow.export.choose import Chosen, choose
from shadow.export.curl import curl_command
from shadow.export.source import source_of
from shadow.ledger.reader import read_evidence
from shadow.mapping.book import MappingBook
from shadow.options import config_option
from shadow.validation import load_config

_EXAMPLES = """\b
Examples:
  shadow export --list
  shadow export --pytest tests/regression/
  shadow export --pytest test_orders.py --signature 3f9a1c20
  shadow export --curl --signature 3f9a1c20

The written tests need nothing of shadow:
  SHADOW_BASE_URL=http://127.0.0.1:9002 python -m pytest tests/regression/
"""


@click.command(epilog=_EXAMPLES)
@config_option
@click.option("--list", "listed", is_flag=True, help="List the groups that count against parity, with their ids.")
@click.option(
    "--pytest", "target", type=click.Path(path_type=Path), metavar="FILE|DIR",
    help="Write regression tests: into a file that ends in .py, else one file for each group into a folder.",
)  # fmt: skip
@click.option("--curl", is_flag=True, help="Print a curl command for each leg.")
@click.option("--signature", "wanted", multiple=True, metavar="ID", help="Only this group; may be repeated.")
@click.option("--most", default=20, show_default=True, help="Groups at most, where none is named.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what was listed or written, and what not.")
def export(
    path: Path, listed: bool, target: Path | None, curl: bool, wanted: tuple[str, ...], most: int, as_json: bool
) -> None:
    """Write differences as regression tests, or as curl commands.

    Confirmed groups come first, then those that are not decided; transient and unstable ones only where they are
    named. Requests are the redacted ones of the ledger, with placeholders for secrets.
    """
    if sum((listed, target is not None, curl)) != 1:
        raise click.UsageError("say one of --list, --pytest and --curl")
    config = load_config(path)
    evidence = read_evidence(Path(config.ledger.path), at=SystemClock().now())
    chosen = choose(evidence, wanted, most=most)
    if listed:
        _list(chosen, as_json)
    elif curl:
        _curl(chosen, config, as_json)
    elif target is not None:
        _write(chosen, config, target, as_json)


def _list(chosen: list[Chosen], as_json: bool) -> None:
    rows = [_row(each) for each in chosen]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        counted = f"{row['id']}  {row['triage']:<9}  {row['exchanges']:>7,}"
        click.echo(f"{counted}  {row['endpoint']}  {row['kind']} {row['group']}")
    if not rows:
        click.echo("No group counts against parity.")


def _row(each: Chosen) -> dict[str, object]:
    group = each.group
    return {
        "id": group.id, "triage": each.triage.value, "exchanges": group.n_open, "endpoint": group.endpoint,
        "kind": group.kind.value, "group": group.group,
    }  # fmt: skip


def _curl(chosen: list[Chosen], config: Config, as_json: bool) -> None:
    found = []
    for each in chosen:
        if not each.group.examples:
            continue
        example = each.group.examples[-1]
        found.append(_row(each) | {
            "old": curl_command(example.request, config.primary.url.rstrip("/")),
            "new": curl_command(example.asked or example.request, config.candidate.url.rstrip("/")),
        })  # fmt: skip
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"# {one['endpoint']}: {one['kind']} at {one['group']} ({one['id']})")
        click.echo(f"{one['old']}\n\n{one['new']}\n")
    if not found:
        click.echo("No group counts against parity.")


def _write(chosen: list[Chosen], config: Config, target: Path, as_json: bool) -> None:
    book = MappingBook(config)
    cases: list[tuple[Chosen, Case]] = []
    left: list[dict[str, object]] = []
    for each in chosen:
        method, _, route = each.group.endpoint.partition(" ")
        try:
            cases.append((each, case_of(each.group, mapped=book.reads_answers(method, route))))
        except NotExportableError as error:
            left.append(_row(each) | {"reason": str(error)})
    if not cases:
        reasons = "; ".join(sorted({str(one["reason"]) for one in left})) or "no group counts against parity"
        raise EvidenceError(f"There is nothing to write: {reasons}.", "See `shadow export --list`.")
    files = {target: [case for _, case in cases]}
    if target.suffix != ".py":
        files = {target / f"{case.name}.py": [case] for _, case in cases}
    for place, inside in files.items():
        _save(place, source_of(inside, place.name))
    if as_json:
        written = [_row(each) | {"test": case.name} for each, case in cases]
        click.echo(json.dumps({"files": [str(one) for one in files], "written": written, "left_out": left}, indent=2))
        return
    for one in left:
        click.echo(f"not written: {one['endpoint']} {one['kind']} {one['group']}: {one['reason']}", err=True)
    click.echo(f"Wrote {len(cases)} test{'s' if len(cases) != 1 else ''} to {target}.")


def _save(place: Path, text: str) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    except OSError as error:
        raise EnvironmentFailure(
            f"{place}: cannot be written: {error.strerror}.", "Name a file or a folder that can be."
        ) from None
