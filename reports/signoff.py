"""The commands `shadow approve` and `shadow waive`: who signs, why, until when, bound to what was judged."""

from __future__ import annotations

import getpass
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from reports.document import Criterion, Result
from reports.files import write_atomic
from reports.judgement import judge_ledger
from reports.standing import MOST_WAIVER_S, NEVER
from shadow.clock import SystemClock
from shadow.config import Config
from shadow.errors import EXIT_FAIL, EXIT_PASS, EvidenceError
from shadow.ledger.signing import sign
from shadow.ledger.signoff import SignOff, new_id, read_signoffs, refuse_broken
from shadow.options import config_option
from shadow.records import CheckStatus
from shadow.validation import load_config

APPROVE_EXAMPLES = """\b
Examples:
  shadow approve --why "seven green days, seen by the on-call team"
  shadow approve --who ada --why "as agreed" --for 4h
  shadow approve --list
  shadow approve --revoke 65f0c1-9a3b1c --why "a new divergence was found"
  shadow approve --export signoffs.ndjson

\b
Exit codes: 0 signed, 10 the gate does not pass, so there is nothing to approve,
12 no ledger, or a chain of sign-offs that is broken, 2 wrong usage.
"""

WAIVE_EXAMPLES = """\b
Examples:
  shadow waive parity --scope "GET /reports/top-products" --why "rounding, TICKET-7" --for 72h
  shadow waive latency --scope "GET /search" --up-to 1.8 --why "new index on Monday"

\b
Exit codes: 0 signed, 10 there is nothing to waive or it may not be waived,
12 no ledger, or a chain of sign-offs that is broken, 2 wrong usage.
"""

UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0}


def span(text: str) -> float:
    """Return the seconds of a length of time such as `4h`. Raises a usage error for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip())
    if not found or float(found[1]) <= 0:
        raise click.BadParameter(f"{text!r} is no length of time; write it as 30m, 4h or 2d.")
    return float(found[1]) * UNITS[found[2]]


who_option = click.option("--who", help="Who signs; the name of the user by default.")
why_option = click.option("--why", default="", help="The reason, which everybody reads.")


def signer(who: str | None) -> str:
    """Return who signs. Raises a usage error where nobody is named."""
    try:
        name = (who if who is not None else os.environ.get("SHADOW_SIGNER") or getpass.getuser()).strip()
    except (OSError, KeyError):
        name = ""
    if not name:
        raise click.UsageError("Nobody is named: give --who.")
    return name


def reason(why: str) -> str:
    """Return the reason. Raises a usage error where there is none."""
    if not why.strip():
        raise click.UsageError("A signature needs its reason: give --why.")
    return why.strip()


@click.command(epilog=APPROVE_EXAMPLES)
@config_option
@who_option
@why_option
@click.option("--for", "length", type=span, help="How long it holds: 30m, 4h, 2d [gate.approval.max_age_h].")
@click.option("--list", "listed", is_flag=True, help="List what was signed, and what of it holds.")
@click.option("--revoke", metavar="ID", help="Take a signature back.")
@click.option("--export", type=click.Path(path_type=Path, dir_okay=False), help="Write the chain, one JSON line each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def approve(
    path: Path, who: str | None, why: str, length: float | None, listed: bool, revoke: str | None,
    export: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Sign that the cutover may go ahead.

    Only what passes, or was waived, can be approved. The signature holds for these builds, settings and rules, until
    it expires. Entries are chained by hashes; `shadow gate` verifies the chain each time.
    """
    config = load_config(path)
    if export is not None:
        chain = read_signoffs(Path(config.ledger.path))
        refuse_broken(Path(config.ledger.path), chain)
        write_atomic(export, "".join(msgspec.json.encode(one).decode() + "\n" for one in chain))
        click.echo(f"{export}: {len(chain)} entries.")
        return EXIT_PASS
    result = judge_ledger(config)
    if listed:
        show(result, as_json)
        return EXIT_PASS
    now = SystemClock().now()
    if revoke is not None:
        if revoke not in {line.id for line in result.signoffs}:
            raise EvidenceError(f"There is no signature {revoke}.", "`shadow approve --list` shows them.")
        return put(config, entry(result, "revocation", signer(who), reason(why), now, now, revokes=revoke), as_json)
    name, words = signer(who), reason(why)
    wrong = [
        row for row in result.criteria
        if not row.dry_run and row.name != "approval" and row.status not in (CheckStatus.passed, CheckStatus.waived)
    ]  # fmt: skip
    if wrong or not result.criteria:
        click.echo(f"There is nothing to approve. {result.headline}", err=True)
        return EXIT_FAIL
    asked = config.gate.approval
    most = asked.max_age_h * 3600.0 if asked else 86400.0
    if length is not None and length > most:
        raise click.UsageError(f"--for is longer than gate.approval.max_age_h allows ({most / 3600:g} h).")
    return put(config, entry(result, "approval", name, words, now, now + (length or most)), as_json)


@click.command(epilog=WAIVE_EXAMPLES)
@click.argument("criterion")
@config_option
@click.option("--scope", default="all", show_default=True, help="The scope of the row, as `shadow gate` shows it.")
@who_option
@why_option
@click.option("--for", "length", type=span, default="24h", show_default=True, help="How long it holds, at most 14d.")
@click.option("--up-to", type=float, help="The observed value up to which it holds [the value now].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def waive(
    criterion: str, path: Path, scope: str, who: str | None, why: str, length: float, up_to: float | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Sign that one criterion that is no pass is borne for a while.

    It shows as `waived`, never as pass, and the gate answers 13 until somebody else approves. Data, completeness and
    approval cannot be waived.
    """
    config = load_config(path)
    result = judge_ledger(config)
    name, words = signer(who), reason(why)
    if length > MOST_WAIVER_S:
        raise click.UsageError("--for is at most 14d.")
    row = find(result, criterion, scope)
    if isinstance(row, str):
        click.echo(row, err=True)
        return EXIT_FAIL
    now = SystemClock().now()
    limit = row.observed if up_to is None else up_to
    return put(
        config,
        entry(result, "waiver", name, words, now, now + length, criterion=criterion, scope=scope, limit=limit),
        as_json,
    )


def find(result: Result, criterion: str, scope: str) -> Criterion | str:
    """Return the row that may be waived, or why none may."""
    rows = [row for row in result.criteria if (row.name, row.scope) == (criterion, scope)]
    if not rows:
        names = sorted({row.name for row in result.criteria})
        scopes = [row.scope for row in result.criteria if row.name == criterion]
        known = f"Scopes of {criterion}: {', '.join(scopes[:10])}." if scopes else f"Criteria: {', '.join(names)}."
        return f"There is no {criterion} of {scope}. {known}"
    row = rows[0]
    if criterion in NEVER:
        return f"{criterion} cannot be waived: nobody can sign for what is lost or missing."
    if row.status not in (CheckStatus.fail, CheckStatus.inconclusive):
        return f"There is nothing to waive: {criterion} of {scope} is {row.status}."
    return row


def entry(
    result: Result, what: str, who: str, why: str, at: float, until: float, *, criterion: str = "", scope: str = "",
    limit: float | None = None, revokes: str = "",
) -> SignOff:  # fmt: skip
    """Return the entry that binds a signature to what was judged."""
    identity = result.identity
    return msgspec.convert(
        {
            "id": new_id(at), "what": what, "who": who, "why": why, "at": at, "until": until,
            "ledger_id": identity.ledger_id, "primary_build": identity.primary_build,
            "candidate_build": identity.candidate_build, "config_digest": identity.config_digest,
            "evidence_digest": identity.evidence_digest, "accepted": result.accounting.accepted,
            "criterion": criterion, "scope": scope, "limit": limit, "revokes": revokes,
        },
        SignOff,
    )  # fmt: skip


def put(config: Config, signoff: SignOff, as_json: bool) -> int:
    """Store an entry and say so."""
    signed = sign(Path(config.ledger.path), config.ledger, signoff)
    if as_json:
        click.echo(json.dumps({"seq": signed.seq, "hash": signed.hash, "entry": msgspec.to_builtins(signoff)}))
    elif signoff.what == "revocation":
        click.echo(f"Revoked {signoff.revokes}.")
    else:
        click.echo(f"Signed as {signoff.who}: {signoff.what} {signoff.id}, holds until {moment(signoff.until)}.")
    return EXIT_PASS


def show(result: Result, as_json: bool) -> None:
    """Print what was signed, and what of it holds."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result.signoffs), indent=2).decode())
        return
    if not result.signoffs:
        click.echo("Nobody has signed anything.")
    for line in result.signoffs:
        about = f" of {line.criterion} of {line.scope}" if line.what == "waiver" else ""
        state = f"holds until {moment(line.until)}" if line.is_valid else f"void: {line.void_because}"
        click.echo(f"{line.id}  {line.what}{about} by {line.who} at {moment(line.at)}: {line.why}  [{state}]")


def moment(at: float) -> str:
    """Return an instant as a reader takes it: `2026-01-31 08:00 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
