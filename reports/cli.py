"""The commands `shadow gate` and `shadow report`: a thin shell around the judgement."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from shutil import get_terminal_size

import click

from reports.document import Result
from reports.files import write_atomic
from reports.judgement import judge_ledger, read_and_judge
from reports.render import render_json, render_plain, render_terminal
from shadow.errors import EXIT_PASS
from shadow.options import config_option, instant
from shadow.validation import load_config

GATE_EXAMPLES = """\b
Examples:
  shadow gate -c shadow.yaml
  shadow gate -c shadow.yaml --json --out gate.json
  shadow gate --format junit --out gate.xml --format markdown --out gate.md
  shadow gate -c shadow.yaml --since 2026-01-30T00:00:00Z && ./cut-over

\b
Exit codes: 0 pass, 10 fail, 11 inconclusive (more evidence is needed),
12 the evidence cannot be judged, 13 waiting for approval,
2 wrong usage or configuration, 3 the environment has to change.
"""

FORMATS = ("table", "json", "junit", "markdown", "sarif", "prometheus")

REPORT_EXAMPLES = """\b
Examples:
  shadow report -c shadow.yaml
  shadow report -c shadow.yaml --out /tmp/report.html --open
  shadow report -c shadow.yaml --json-out result.json
  shadow report -c shadow.yaml --evidence           (all examples, in a file beside the page)
  shadow report -c shadow.yaml --index nightly/     (page, history and index)

Exits with 0 when the page was written, whatever its verdict; `shadow gate` tells the verdict.
"""

since_option = click.option(
    "--since", type=instant, metavar="INSTANT", help="Judge evidence from this instant on (ISO 8601, UTC)."
)
until_option = click.option(
    "--until", type=instant, metavar="INSTANT", help="Judge evidence up to this instant (ISO 8601, UTC)."
)


@click.command(epilog=GATE_EXAMPLES)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the result document as JSON; the same as --format json.")
@click.option(
    "--format", "formats", type=click.Choice(FORMATS), multiple=True,
    help="What to print or write; repeat it together with --out for several files of one judgement.",
)  # fmt: skip
@click.option(
    "--out", "outs", type=click.Path(path_type=Path, dir_okay=False), multiple=True,
    help="Write to this file instead; the nth --out takes the nth --format.",
)  # fmt: skip
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the result document, and judge nothing.")
@since_option
@until_option
def gate(
    path: Path, as_json: bool, formats: tuple[str, ...], outs: tuple[Path, ...], schema: bool,
    since: float | None, until: float | None,
) -> int:  # fmt: skip
    """Judge the evidence; the exit code is the verdict."""
    if schema:
        click.echo(rendered(None, "schema"), nl=False)
        return EXIT_PASS
    chosen = formats or (("json",) if as_json else ("table",))
    if as_json and formats and formats != ("json",):
        raise click.UsageError("--json is --format json; give one of the two.")
    if outs and len(outs) != len(chosen):
        raise click.UsageError("Give one --out for each --format.")
    if not outs and len(chosen) > 1:
        raise click.UsageError("Several formats need a file each: give --out for each --format.")
    result = judge_ledger(load_config(path), since, until)
    for kind, out in zip(chosen, outs, strict=False):
        write_atomic(out, rendered(result, kind))
    if outs:
        click.echo(result.headline)
    elif chosen == ("table",) and sys.stdout.isatty():
        click.echo(render_terminal(result, get_terminal_size().columns), nl=False)
    else:
        click.echo(rendered(result, chosen[0]), nl=False)
    return result.exit_code


def rendered(result: Result | None, kind: str) -> str:
    """Return the document in one of `FORMATS`; the modules of the others are not loaded."""
    if kind == "schema":
        from reports.formats.schema import render_schema

        return render_schema()
    assert result is not None
    if kind in ("table", "json"):
        return render_plain(result) if kind == "table" else render_json(result)
    if kind == "junit":
        from reports.formats.junit import render_junit as render
    elif kind == "markdown":
        from reports.formats.markdown import render_markdown as render
    elif kind == "sarif":
        from reports.formats.sarif import render_sarif as render
    else:
        from reports.formats.prometheus import render_prometheus as render
    return render(result)


@click.command(epilog=REPORT_EXAMPLES)
@config_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the page [<out>/report.html]."
)
@click.option("--json-out", type=click.Path(path_type=Path, dir_okay=False), help="Write the result document too.")
@click.option(
    "--index", type=click.Path(path_type=Path, file_okay=False),
    help="Keep page and document in this folder of nightly reports, and make its index.html anew.",
)
@click.option(
    "--evidence", "with_bulk", is_flag=True,
    help="Write all signatures and stored examples into a file beside the page (gzipped JSON lines), and link to it.",
)  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@since_option
@until_option
def report(
    path: Path,
    out: Path | None,
    json_out: Path | None,
    index: Path | None,
    with_bulk: bool,
    show: bool,
    since: float | None,
    until: float | None,
) -> int:
    """Render the evidence as one self-contained page."""
    from reports.bulk import beside, write_bulk
    from reports.html import render_html
    from reports.nightly.folder import add_report, latest_changes  # the gate does without templates

    config = load_config(path)
    evidence, result = read_and_judge(config, since, until)
    bulk = evidence if with_bulk else None
    page = out or Path(config.out) / "report.html"
    # Before anything is written: a history that cannot be read is told first.
    changes = latest_changes(index, result) if index is not None else None
    if index is None or out is not None:
        if bulk is not None:
            write_bulk(beside(page), bulk, result)
        write_atomic(page, render_html(result, changes, beside(page).name if bulk is not None else ""))
    if index is not None:
        page = add_report(index, result, bulk)
    if json_out is not None:
        write_atomic(json_out, render_json(result))
    click.echo(str(page))
    if show:
        webbrowser.open(page.resolve().as_uri())
    return 0
