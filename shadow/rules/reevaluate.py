"""History under today's rules: evidence in, the same evidence as these rules see it out. Pure.

The outcome of an exchange is a function of its set of signatures and of the rules in force. The ledger keeps the sets
and the books of rules, so that a rule that is added, removed, edited or has expired changes yesterday's outcomes
without new traffic. Whatever cannot be told from what is kept counts against the candidate.

Cannot see: values (see `shadow.rules.member`); what noise would have covered had a rule not covered it first; changes
that a new `expect` rule misses in exchanges without any difference; in folded hours and days, in which block of them
an exchange that agrees now had failed, so that the blocks keep their failures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from shadow.compare.outcome import end_after_comparing
from shadow.compare.rules import RuleBook
from shadow.config.model import Compare
from shadow.config.rulebook import parse_rulebook, rulebook_digest, rulebook_of
from shadow.errors import ConfigError
from shadow.ledger.evidence import Evidence, SetMember, SetRow, SignatureRow
from shadow.records import Disposition, Kind, Outcome
from shadow.rules.counts import Move, moved
from shadow.rules.member import Place, Recorded, Ruled, rule_member
from shadow.rules.place import read_group

RULED = frozenset({Outcome.mismatch, Outcome.expected, Outcome.noise_only})
GOOD = frozenset({Outcome.expected, Outcome.noise_only, Outcome.match})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """So many exchanges of an endpoint ended otherwise than recorded, because of these rules."""

    endpoint: str
    before: Outcome
    after: Outcome
    rules: tuple[str, ...]
    n: int


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """So many exchanges of an endpoint keep failing although this rule might cover them: only their values could tell.
    The rule `_overflow` stands for what was not kept apart."""

    endpoint: str
    rule: str
    n: int


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """An intended change that has to happen sometimes and never did, in `n` exchanges that could have shown it."""

    rule: str
    endpoint: str
    n: int


class Reevaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence under today's rules, and what that changed.

    `digest` is that of today's rules; `recorded` are the others under which some of the evidence was recorded.
    `unknown` counts exchanges with differences of which nobody knows under which rules they were recorded.
    """

    evidence: Evidence
    digest: str
    recorded: tuple[str, ...] = ()
    unknown: int = 0
    changes: tuple[Change, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    unmet: tuple[Unmet, ...] = ()

    @property
    def changed(self) -> int:
        """How many exchanges changed their outcome."""
        return sum(change.n for change in self.changes)


def reevaluate(evidence: Evidence, compare: Compare, at: float) -> Reevaluated:
    """Return the evidence as the rules of `compare` that are in force at `at` (Unix seconds) see it.

    Raises ConfigError for rules that cannot be compiled.
    """
    book = rulebook_of(compare)
    now = RuleBook(book.rules, book.unordered)
    digest = rulebook_digest(book)
    history = _History(evidence, now, digest, at)
    if _may_differ(evidence, now, digest, at, compare):
        for row in evidence.sets:
            history.take(row)
    else:
        history.keep(evidence.sets)
    return Reevaluated(
        evidence=history.evidence(),
        digest=digest,
        recorded=tuple(sorted({row.digest for row in evidence.rules} - {digest})),
        unknown=history.unknown,
        changes=tuple(
            Change(endpoint=key[0], before=key[1], after=key[2], rules=key[3], n=n)
            for key, n in sorted(history.changes.items(), key=lambda item: (-item[1], item[0]))
        ),
        doubts=tuple(
            Doubt(endpoint=key[0], rule=key[1], n=n)
            for key, n in sorted(history.doubts.items(), key=lambda item: (-item[1], item[0]))
        ),
        unmet=history.unmet(compare),
    )


def _may_differ(evidence: Evidence, now: RuleBook, digest: str, at: float, compare: Compare) -> bool:
    """Tell whether anything could come out otherwise than recorded; mostly nothing can, and history is long."""
    known = {row.endpoint for row in evidence.rules}
    return (
        any(row.digest != digest for row in evidence.rules)
        or any(rule.expires_at <= at for rule in now.all_rules)
        or any(rule.happens == "sometimes" for rule in compare.rules)
        or any(row.endpoint not in known for row in evidence.sets)
    )


class _History:
    """Goes through the rows once; every different set under every different past is judged once."""

    def __init__(self, evidence: Evidence, now: RuleBook, digest: str, at: float) -> None:
        self._evidence = evidence
        self._now, self._digest, self._at = now, digest, at
        self._books: dict[str, RuleBook | None] = {digest: now}
        for row in evidence.rulebooks:
            self._books.setdefault(row.digest, _compiled(row.content))
        self._by_endpoint: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
        for rules in evidence.rules:
            self._by_endpoint[rules.endpoint].append((rules.first_at, rules.last_at, rules.digest))
        self._signatures = {row.id: row for row in evidence.signatures}
        self._judged: dict[object, tuple[Outcome, tuple[SetMember, ...], tuple[str, ...], frozenset[str]]] = {}
        self._rows: list[SetRow] = []
        self._moves: list[Move] = []
        self._opened: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self.changes: Counter[tuple[str, Outcome, Outcome, tuple[str, ...]]] = Counter()
        self.doubts: Counter[tuple[str, str]] = Counter()
        self.unknown = 0

    def take(self, row: SetRow) -> None:
        """Judge one row of exchanges with the same set of signatures."""
        if row.outcome not in RULED:
            self._rows.append(row)
            return
        digests, known = self._past(row)
        if not known:
            self.unknown += row.n
        expired = self._expired(digests, row) if known else frozenset()
        # The members of a set are one object for all of its rows, and hashing them takes longer than all else here.
        key = (row.endpoint, row.outcome, id(row.members), digests if known else None, expired)
        held = self._judged.get(key)
        if held is None:
            held = self._judged[key] = self._judge(row, digests if known else (), expired)
        outcome, members, rules, doubts = held
        for doubt in doubts:
            self.doubts[row.endpoint, doubt] += row.n
        for rule in {member.by for member in members}:
            self._used[rule] += row.n
        if members == row.members:
            self._rows.append(row)
            return
        was = {each.signature for each in row.members if each.disposition is Disposition.open}
        opened = {each.signature for each in members if each.disposition is Disposition.open}
        self._opened.update(dict.fromkeys(opened - was, row.n))
        self._opened.subtract(dict.fromkeys(was - opened, row.n))
        if outcome is not row.outcome:
            self.changes[row.endpoint, row.outcome, outcome, rules] += row.n
            self._moves.append(Move(row=row, after=outcome))
        self._rows.append(msgspec.structs.replace(row, outcome=outcome, members=members))

    def keep(self, rows: Iterable[SetRow]) -> None:
        """Take rows as they were recorded."""
        self._rows.extend(rows)

    def evidence(self) -> Evidence:
        """Return the evidence with all counts moved."""
        changed = moved(self._evidence, self._moves)
        signatures: tuple[SignatureRow, ...] = changed.signatures
        if self._opened:
            signatures = tuple(
                msgspec.structs.replace(row, n_open=max(row.n_open + self._opened[row.id], 0))
                for row in changed.signatures
            )
        return msgspec.structs.replace(changed, sets=tuple(self._rows), signatures=signatures)

    def unmet(self, compare: Compare) -> tuple[Unmet, ...]:
        """Return the changes that have to happen sometimes and covered nothing where something was compared."""
        compared: Counter[str] = Counter()
        for row in self._evidence.outcomes:
            if row.outcome in GOOD or row.outcome is Outcome.mismatch:
                compared[row.endpoint] += row.n
        found = []
        for rule in compare.rules:
            if rule.what != "expect" or rule.happens != "sometimes" or self._used[rule.id]:
                continue
            n = sum(
                count
                for endpoint, count in compared.items()
                if any(each.id == rule.id and self._at < each.expires_at for each in self._now.rules_for(endpoint))
            )
            if n:
                found.append(Unmet(rule=rule.id, endpoint=rule.endpoint, n=n))
        return tuple(found)

    def _past(self, row: SetRow) -> tuple[tuple[str, ...], bool]:
        """Return the digests of the books that may have been in force, and whether all of them are known."""
        spans = self._by_endpoint.get(row.endpoint)
        if not spans:
            return (), False
        end = row.block_at + (row.width_s or self._evidence.block_s)
        digests = tuple(sorted({digest for first, last, digest in spans if first < end and last >= row.block_at}))
        return digests, bool(digests) and all(self._books.get(digest) is not None for digest in digests)

    def _expired(self, digests: Iterable[str], row: SetRow) -> frozenset[str]:
        """Return the rules that may not have been in force over all of the row's time."""
        end = row.block_at + (row.width_s or self._evidence.block_s)
        books = [book for digest in digests if (book := self._books[digest]) is not None]
        return frozenset(
            rule.id for book in books for rule in book.rules_for(row.endpoint) if rule.expires_at < end
        )

    def _judge(
        self, row: SetRow, digests: tuple[str, ...], expired: frozenset[str]
    ) -> tuple[Outcome, tuple[SetMember, ...], tuple[str, ...], frozenset[str]]:
        books = tuple(book for digest in digests if (book := self._books[digest]) is not None)
        recorded = Recorded(books=books, expired=expired)
        ruled = [(each, self._rule(each, row.endpoint, recorded)) for each in row.members]
        members = tuple(
            dict.fromkeys(
                SetMember(signature=each.signature, disposition=found.disposition, by=found.by)
                for each, found in ruled
                if found.disposition is not None
            )
        )
        outcome = end_after_comparing((each.disposition for each in members), full=False).outcome
        if outcome is row.outcome and {m.disposition for m in members} == {m.disposition for m in row.members}:
            changed: set[str] = set()
        else:
            changed = {
                name
                for each, found in ruled
                if found.disposition is not each.disposition or found.by != each.by
                for name in (each.by, found.by)
                if name
            }
        doubts = frozenset(
            name for _, found in ruled if found.disposition is Disposition.open for name in found.doubts
        )
        return outcome, members, tuple(sorted(changed)), doubts

    def _rule(self, member: SetMember, endpoint: str, recorded: Recorded) -> Ruled:
        known = self._signatures.get(member.signature)
        place = Place(
            endpoint=known.endpoint if known else endpoint,
            text=known.group if known else "",
            group=read_group(known.group) if known else None,
            kind=known.kind if known else Kind.value,
        )
        return rule_member(member, place, recorded, self._now, self._at)


def _compiled(content: str) -> RuleBook | None:
    book = parse_rulebook(content)
    if book is None:
        return None
    try:
        return RuleBook(book.rules, book.unordered)
    except ConfigError:
        return None  # another version of Shadow took what this one refuses
