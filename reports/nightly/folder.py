"""A folder of nightly reports: `history.json`, one page per report, and `index.html`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reports.bulk import beside, write_bulk
from reports.document import Result
from reports.earlier.changes import Changes, changes_between
from reports.earlier.entry import Entry, entry_of
from reports.files import write_atomic
from reports.html import render_html
from reports.render import render_json
from shadow.errors import EnvironmentFailure
from shadow.ledger.evidence import Evidence

NAME = "history.json"
INDEX = "index.html"


def read_history(folder: Path) -> tuple[Entry, ...]:
    """Return the entries in order of time; none where there is no folder yet. Raises EnvironmentFailure for a
    `history.json` that is none."""
    path = folder / NAME
    try:
        return tuple(sorted(msgspec.json.decode(path.read_bytes(), type=list[Entry]), key=lambda entry: entry.at))
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise EnvironmentFailure(
            f"{path} cannot be read ({error}).", "Move it away: a new one begins with this report."
        ) from error


def latest_changes(folder: Path, result: Result) -> Changes | None:
    """Return what changed since the newest earlier report of the folder, None where there is none."""
    earlier = [entry for entry in read_history(folder) if entry.at < result.identity.at]
    return changes_between(earlier[-1], entry_of(result)) if earlier else None


def add_report(folder: Path, result: Result, bulk: Evidence | None = None) -> Path:
    """Write page and document of a report, put it into the history and make the index anew; returns the page.

    `bulk` is evidence of which all examples are kept beside the page. A report of the same instant replaces the former
    one. The history is written last: a kill before it leaves files
    that nothing names, never an index that leads nowhere.
    """
    from reports.nightly.index import render_index

    name = datetime.fromtimestamp(result.identity.at, UTC).strftime("%Y-%m-%dT%H%M%SZ")
    page = folder / f"{name}.html"
    beside_it = ""
    if bulk is not None:
        write_bulk(beside(page), bulk, result)
        beside_it = beside(page).name
    write_atomic(page, render_html(result, latest_changes(folder, result), beside_it))
    write_atomic(folder / f"{name}.json", render_json(result))
    entry = entry_of(result, page.name)
    entries = sorted(
        (*(each for each in read_history(folder) if each.page != entry.page), entry), key=lambda each: each.at
    )
    write_atomic(folder / INDEX, render_index(tuple(entries)))
    write_atomic(folder / NAME, msgspec.json.format(msgspec.json.encode(entries)).decode() + "\n")
    return page
