"""One signature of an exchange under today's rules: what covers it now, what does not, and what nobody can tell.

The ledger keeps where a difference was and of which kind, never its values. So a rule that looks at values
(`tolerate`, `map`, `rename`, or `expect` with `values`) may keep what it, or one no wider, covered when the values were
there; it excuses nothing that it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shadow.compare.rules import EXPECT, CompiledRule, RuleBook
from shadow.ledger.caps import OVERFLOW
from shadow.ledger.evidence import SetMember
from shadow.paths import Pattern
from shadow.records import Disposition, Kind
from shadow.rules.place import Fit, fit

_TOLERABLE = frozenset((Kind.value, Kind.precision))
_ONE_SIDED = frozenset((Kind.missing, Kind.extra, Kind.null_vs_missing, Kind.empty_vs_missing, Kind.header))
_RULED = frozenset((Disposition.ignored, Disposition.tolerated, Disposition.expected))
UNORDERED = "unordered"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where and of what kind the differences of a signature are; `group` is None where the text names no place."""

    endpoint: str
    text: str
    group: Pattern | None
    kind: Kind


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """The books that may have been in force when an exchange was recorded (none: unknown), and the ids of their rules
    that had expired by then."""

    books: tuple[RuleBook, ...] = ()
    expired: frozenset[str] = frozenset()


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a member. `disposition` is None where the difference is none any more. `doubts` are the rules
    that might cover it, which only the values could tell."""

    disposition: Disposition | None
    by: str = ""
    doubts: tuple[str, ...] = ()


def rule_member(member: SetMember, place: Place, recorded: Recorded, now: RuleBook, at: float) -> Ruled:
    """Return what today's rules, those of `now` in force at `at`, make of a member."""
    if place.kind in (Kind.compare_error, Kind.timing):
        return Ruled(disposition=member.disposition, by=member.by)
    if place.text == OVERFLOW:
        return _beyond_the_caps(member, place, recorded, now, at)
    if place.text.startswith(f"{EXPECT}:"):
        return _expectation(member, place, recorded, now, at)
    doubts: list[str] = []
    for rule in now.rules_for(place.endpoint):
        if at >= rule.expires_at:
            continue
        fits = _fits(rule, place)
        if fits is Fit.no:
            continue
        by_place = rule.what in ("ignore", "expect") and not rule.values
        if (by_place and fits is Fit.yes) or _still_holds(rule, fits, member, place, recorded):
            return Ruled(disposition=rule.disposition, by=rule.id)
        if not _known_not_to_cover(rule, place, member, recorded):
            doubts.append(rule.id)
    if place.kind is Kind.order:
        fits = _fits_any(now.unordered, place)
        if fits is Fit.yes or (
            fits is Fit.maybe and member.by == UNORDERED and all(b.unordered == now.unordered for b in recorded.books)
        ):
            return Ruled(disposition=Disposition.ignored, by=UNORDERED)
        if fits is Fit.maybe:
            doubts.append(UNORDERED)
    if member.disposition is Disposition.noise:
        return Ruled(disposition=Disposition.noise, by=member.by)
    if place.kind is Kind.error_body:
        doubts += [each.id for each in _new_inside(place, recorded, now, at)]
    return Ruled(disposition=Disposition.open, doubts=tuple(dict.fromkeys(doubts)))


def _fits(rule: CompiledRule, place: Place) -> Fit:
    if rule.what == "rename":
        return _fits_renamed(rule, place)
    if rule.kinds and place.kind not in rule.kinds:
        return Fit.no
    if rule.what == "tolerate" and place.kind not in (rule.kinds or _TOLERABLE):
        return Fit.no
    return fit(rule.pattern, place.group)


def _fits_renamed(rule: CompiledRule, place: Place) -> Fit:
    if place.kind not in _ONE_SIDED:
        return Fit.no
    old = fit(rule.pattern, place.group)
    segments = (*(rule.pattern.segments or ())[:-1], rule.to)
    new = fit(msgspec.structs.replace(rule.pattern, segments=segments), place.group)
    return Fit.no if old is new is Fit.no else Fit.maybe


def _fits_any(patterns: Sequence[Pattern], place: Place) -> Fit:
    found = {fit(pattern, place.group) for pattern in patterns}
    return Fit.yes if Fit.yes in found else Fit.maybe if Fit.maybe in found else Fit.no


def _still_holds(rule: CompiledRule, fits: Fit, member: SetMember, place: Place, recorded: Recorded) -> bool:
    """Tell whether the rule covers what it, or one that it contains, covered with the values before its eyes."""
    if member.disposition not in _RULED or not recorded.books:
        return False
    then = [_rule_of(book, place.endpoint, member.by) for book in recorded.books]
    return all(each is not None and _contains(rule, each, fits) for each in then)


def _contains(rule: CompiledRule, then: CompiledRule, fits: Fit) -> bool:
    if rule.what != then.what or rule.to != then.to:
        return False
    if rule.pattern != then.pattern and (fits is not Fit.yes or rule.what == "rename"):
        return False
    return (
        rule.absolute >= then.absolute
        and rule.relative >= then.relative
        and rule.seconds >= then.seconds
        and (not rule.values or {repr(pair) for pair in then.values} <= {repr(pair) for pair in rule.values})
        and bool(then.values or not rule.values)
    )


def _known_not_to_cover(rule: CompiledRule, place: Place, member: SetMember, recorded: Recorded) -> bool:
    """Tell whether this very rule was in force and did not cover the difference."""
    if not recorded.books or member.disposition is not Disposition.open or rule.id in recorded.expired:
        return False
    return all(_same(rule, _rule_of(book, place.endpoint, rule.id)) for book in recorded.books)


def _expectation(member: SetMember, place: Place, recorded: Recorded, now: RuleBook, at: float) -> Ruled:
    """An intended change that did not happen stays a difference as long as its rule asks for it."""
    rule = _rule_of(now, place.endpoint, member.by)
    if rule is None or at >= rule.expires_at or not rule.is_asserted:
        return Ruled(disposition=None, by=member.by)
    doubted = not recorded.books or any(not _same(rule, _rule_of(b, place.endpoint, rule.id)) for b in recorded.books)
    return Ruled(disposition=Disposition.open, by=member.by, doubts=(rule.id,) if doubted else ())


def _beyond_the_caps(member: SetMember, place: Place, recorded: Recorded, now: RuleBook, at: float) -> Ruled:
    """What was not kept apart stands only while no rule that could have been behind it is gone."""
    kept = {rule.id: rule for rule in now.rules_for(place.endpoint) if at < rule.expires_at}
    stands = bool(recorded.books) and all(
        all(
            _same(rule, kept.get(rule.id))
            for rule in book.rules_for(place.endpoint)
            if rule.id not in recorded.expired
        )
        and set(book.unordered) <= set(now.unordered)
        for book in recorded.books
    )
    if member.disposition in (Disposition.open, Disposition.noise) or stands:
        return Ruled(disposition=member.disposition, by=member.by)
    return Ruled(disposition=Disposition.open, doubts=(OVERFLOW,))


def _new_inside(place: Place, recorded: Recorded, now: RuleBook, at: float) -> list[CompiledRule]:
    """Return the rules about members of bodies that may cover what is inside of an error body, which is one
    difference however much it holds."""
    return [
        rule
        for rule in now.rules_for(place.endpoint)
        if at < rule.expires_at
        and rule.pattern.area == "body"
        and rule.pattern.segments is not None
        and not (
            recorded.books
            and rule.id not in recorded.expired
            and all(_same(rule, _rule_of(book, place.endpoint, rule.id)) for book in recorded.books)
        )
    ]


def _rule_of(book: RuleBook, endpoint: str, name: str) -> CompiledRule | None:
    return next((rule for rule in book.rules_for(endpoint) if rule.id == name), None)


def _same(rule: CompiledRule, other: CompiledRule | None) -> bool:
    return other is not None and msgspec.structs.replace(rule, expires_at=0.0) == msgspec.structs.replace(
        other, expires_at=0.0
    )
