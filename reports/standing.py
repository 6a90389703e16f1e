"""Sign-offs held against what is judged now: which still hold, what they waive, and whether enough people signed.

An override is visible and never a pass: a waived row keeps what it was, and the whole is at best `waived`.
"""

from __future__ import annotations

import msgspec

from reports.document import Better, Criterion, Identity, SignOff
from reports.words import count, listed
from shadow.config.model import Approval
from shadow.ledger.signoff import Signed, broken_at
from shadow.ledger.signoff import SignOff as Entry
from shadow.records import CheckStatus

APPROVAL = "approval"

NEVER = frozenset({"data", "completeness", APPROVAL})
"""Criteria that nobody may waive: lost data, sums that do not hold, and the signature itself."""

MOST_WAIVER_S = 14 * 86400.0

DUST = 1e-9


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-offs of a ledger as they stand now. `broken` is where their chain is."""

    lines: tuple[SignOff, ...] = ()
    broken: int | None = None

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who has a valid approval, each once, in the order of signing."""
        found = (line.who for line in self.lines if line.what == APPROVAL and line.is_valid)
        return tuple({who.strip().casefold(): who for who in found}.values())


def standing(chain: tuple[Signed, ...], identity: Identity, accepted: int, asked: Approval | None) -> Standing:
    """Return every approval and waiver, valid or void and why; with a broken chain every one is void."""
    broken = broken_at(chain)
    entries: list[Entry] = []
    for signed in chain:
        try:
            entries.append(msgspec.json.decode(signed.content, type=Entry))
        except msgspec.MsgspecError:
            broken = signed.seq if broken is None else min(broken, signed.seq)
    revoked = {entry.revokes: entry for entry in entries if entry.what == "revocation"}
    lines = []
    for entry in entries:
        if entry.what == "revocation":
            continue
        if broken is not None:
            void = f"the chain of sign-offs is broken at entry {broken}"
        elif entry.id in revoked:
            void = f"revoked by {revoked[entry.id].who}: {revoked[entry.id].why}"
        else:
            void = void_because(entry, identity, accepted, asked)
        lines.append(
            SignOff(
                id=entry.id,
                what=entry.what,
                who=entry.who,
                why=entry.why,
                at=entry.at,
                until=entry.until,
                evidence_digest=entry.evidence_digest,
                candidate_build=entry.candidate_build,
                criterion=entry.criterion,
                scope=entry.scope,
                limit=entry.limit,
                is_valid=not void,
                void_because=void,
            )
        )
    return Standing(lines=tuple(lines), broken=broken)


def void_because(entry: Entry, identity: Identity, accepted: int, asked: Approval | None) -> str:
    """Return why an entry does not hold for what is judged now, empty where it does."""
    if not entry.at <= identity.at + 60.0:
        return "it is dated in the future"
    if not identity.at < entry.until:
        return "it has expired"
    if entry.ledger_id != identity.ledger_id:
        return "it was given on another ledger"
    if not entry.candidate_build or (entry.primary_build, entry.candidate_build) != (
        identity.primary_build,
        identity.candidate_build,
    ):
        return "it was given on other builds"
    if entry.config_digest != identity.config_digest:
        return "the configuration (criteria, rules) has changed since"
    if accepted < entry.accepted:
        return "evidence that it was given on is gone"
    if entry.what == APPROVAL and asked is not None:
        if entry.until - entry.at > asked.max_age_h * 3600.0 + 60.0:
            return f"it was given for longer than {asked.max_age_h:g} h"
        if asked.bind == "evidence" and entry.evidence_digest != identity.evidence_digest:
            return "there is further evidence since"
    if entry.what == "waiver" and entry.until - entry.at > MOST_WAIVER_S + 60.0:
        return "it was given for longer than 14 days"
    return ""


def waived(row: Criterion, signed: Standing) -> Criterion:
    """Return the row, waived where a valid waiver covers what is wrong with it and the limit of that is kept.

    What could not be evaluated, lost data, and the signature itself are never waived.
    """
    if row.status not in (CheckStatus.fail, CheckStatus.inconclusive) or row.name in NEVER or row.dry_run:
        return row
    for line in signed.lines:
        if line.what == "waiver" and line.is_valid and (line.criterion, line.scope) == (row.name, row.scope):
            if line.limit is not None and is_beyond(row, line.limit):
                continue
            return msgspec.structs.replace(
                row,
                status=CheckStatus.waived,
                was=row.status,
                waiver=line.id,
                reason=f"Waived by {line.who} ({line.why}). {row.reason}",
            )
    return row


def is_better(row: Criterion, value: float, than: float) -> bool:
    """Tell whether a value of a row's kind is better than another."""
    return value > than if row.better is Better.higher else value < than


def is_beyond(row: Criterion, limit: float) -> bool:
    """Tell whether a row is worse than the value up to which it was waived; what was not observed is."""
    if row.observed is None:
        return True
    return is_better(row, limit, row.observed) and abs(limit - row.observed) > DUST


def judge_approval(asked: Approval, signed: Standing, others: CheckStatus, authors: frozenset[str]) -> Criterion:
    """Return the row on who has signed. `others` is the status of everything else, `authors` wrote waivers in force:
    nobody approves an override of their own."""
    row = Criterion(name=APPROVAL, scope="all", unit="count", better=Better.higher, required=float(asked.required))
    if signed.broken is not None:
        reason = f"The chain of sign-offs is broken at entry {signed.broken}; none of them can be believed."
        return msgspec.structs.replace(row, status=CheckStatus.error, reason=reason)
    counted = [who for who in signed.approvers if who.strip().casefold() not in authors]
    row = msgspec.structs.replace(row, observed=float(len(counted)), n=len(counted))
    void = [line for line in signed.lines if line.what == APPROVAL and not line.is_valid]
    if len(counted) >= asked.required:
        return msgspec.structs.replace(
            row, status=CheckStatus.passed, reason=f"Approved by {listed(counted)} on this build."
        )
    missing = asked.required - len(counted)
    reason = f"{count(missing, 'more approval')} needed (`shadow approve`)" + (
        "." if others in (CheckStatus.passed, CheckStatus.waived) else ", once everything else passes."
    )
    if void:
        reason += f" Void: that of {void[-1].who}, {void[-1].void_because}."
    if len(counted) < len(signed.approvers):
        reason += " Nobody approves a waiver of their own."
    return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=None, reason=reason)
