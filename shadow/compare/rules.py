"""Governed statements about differences: which rule covers a difference, if any. An expired rule covers nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from shadow.bodies.parse import number
from shadow.compare.equal import same
from shadow.compare.found import ABSENT, Found
from shadow.compare.instants import Instant, parse_instant
from shadow.compare.mapped import Values, maps, values_of
from shadow.config.model import Rule
from shadow.errors import ConfigError
from shadow.paths import Pattern, parse_pattern
from shadow.records import Disposition, Kind
from shadow.validation.governance import rule_problems, unordered_problems

EXPECT = "expect"
"""The area of the difference that stands for an intended change which did not happen; no rule can name it."""

HEADER_ORDER = "header_order"
"""What covers another order of different headers, which is told and never counts; no rule can name it."""

_NEVER = frozenset((Kind.compare_error, Kind.timing))
_TOLERABLE = frozenset((Kind.value, Kind.precision))
_DISPOSITIONS = {
    "ignore": Disposition.ignored, "tolerate": Disposition.tolerated, "expect": Disposition.expected,
    "rename": Disposition.expected, "map": Disposition.expected,
}  # fmt: skip


class CompiledRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule ready to be asked. It works before `expires_at`, Unix seconds."""

    id: str
    what: str
    endpoint: str
    pattern: Pattern
    kinds: frozenset[Kind]
    absolute: Decimal
    relative: Decimal
    seconds: Decimal
    to: str
    values: Values
    is_asserted: bool
    expires_at: float

    @property
    def disposition(self) -> Disposition:
        """What becomes of a difference that it covers."""
        return _DISPOSITIONS[self.what]

    def covers(self, found: Found) -> bool:
        """Tell whether this rule covers a difference by itself, regardless of endpoint and time; a `rename` covers
        two together, never one."""
        if self.kinds and found.kind not in self.kinds:
            return False
        if found.kind in _NEVER or self.what == "rename" or not self.pattern.matches(found.area, found.segments):
            return False
        if self.what == "tolerate":
            return self._within(found)
        return maps(self.values, found.old, found.new) if self.values else True

    def is_due(self, status: int, *, with_headers: bool, with_body: bool) -> bool:
        """Tell whether an exchange with this status of the primary has to show the change that is intended, by what of
        the two answers was compared at all."""
        if not self.is_asserted:
            return False
        if self.pattern.area == "status":
            return any(same(old, status) for old, _ in self.values)
        return 200 <= status < 300 and (with_headers if self.pattern.area == "header" else with_body)

    def _within(self, found: Found) -> bool:
        if found.kind not in (self.kinds or _TOLERABLE):
            return False
        old, new = number(found.old), number(found.new)
        if old is not None and new is not None:
            try:
                off = abs(old - new)
                return off <= self.absolute or off <= self.relative * max(abs(old), abs(new))
            except ArithmeticError:
                return False
        if self.seconds and isinstance(found.old, str) and isinstance(found.new, str):
            first, second = parse_instant(found.old), parse_instant(found.new)
            if first is not None and second is not None:
                return abs(_seconds(first) - _seconds(second)) <= self.seconds
        return False


class RuleBook:
    """All rules, in the order of the configuration; the first that covers a difference has it.

    Cannot see: whether a rule still says what its owner meant; only its expiry ends it.
    """

    def __init__(self, rules: Iterable[Rule], unordered: Iterable[str] = ()) -> None:
        """Compile the rules. Raises ConfigError naming the rule and what is wrong with it."""
        self._rules = compile_rules(rules)
        paths = tuple(unordered)
        for problem in unordered_problems(paths):
            raise ConfigError(f"compare.unordered: {problem.message}", problem.remedy)
        self._unordered = tuple(parse_pattern(path) for path in paths)
        self._by_endpoint: dict[str, tuple[CompiledRule, ...]] = {}

    def cover(self, endpoint: str, found: Found, at: float) -> tuple[Disposition, str] | None:
        """Return what becomes of a difference seen at the instant `at`, with the id of the rule, or None."""
        for rule in self.rules_for(endpoint):
            if at < rule.expires_at and rule.covers(found):
                return rule.disposition, rule.id
        if found.kind is Kind.order:
            if found.area == "header":
                return Disposition.ignored, HEADER_ORDER
            if any(p.matches(found.area, found.segments) for p in self._unordered):
                return Disposition.ignored, "unordered"
        return None

    def renamed(self, endpoint: str, found: list[Found], at: float) -> dict[int, str]:
        """Return by position the differences that a renamed member made, two for each, with the id of the rule.

        The new name has to be where the old one was, with the very same value; else both differences stay open.
        """
        pairs: dict[int, str] = {}
        for rule in self.rules_for(endpoint):
            if rule.what != "rename" or at >= rule.expires_at:
                continue
            for index, gone in enumerate(found):
                if gone.new is not ABSENT or index in pairs or not rule.pattern.matches(gone.area, gone.segments):
                    continue
                there = (*(gone.segments or ())[:-1], rule.to)
                for other, come in enumerate(found):
                    if come.old is ABSENT and (come.area, come.segments) == (gone.area, there):
                        if other not in pairs and same(gone.old, come.new):
                            pairs[index] = pairs[other] = rule.id
                        break
        return pairs

    def unmet(
        self, endpoint: str, status: int, at: float, met: Collection[str], *, with_headers: bool, with_body: bool
    ) -> list[tuple[Found, str]]:
        """Return a difference for every intended change that should have shown in an exchange and did not, with the
        id of its rule. `met` are the ids that covered something, `status` is the primary's; headers and bodies are
        compared under equal statuses only."""
        return [
            (_missed(rule), rule.id)
            for rule in self.rules_for(endpoint)
            if rule.is_asserted
            and at < rule.expires_at
            and rule.id not in met
            and rule.is_due(status, with_headers=with_headers, with_body=with_body)
        ]

    @property
    def unordered(self) -> tuple[Pattern, ...]:
        """The lists whose order means nothing."""
        return self._unordered

    @property
    def all_rules(self) -> tuple[CompiledRule, ...]:
        """Every rule, in order."""
        return self._rules

    def rules_for(self, endpoint: str) -> tuple[CompiledRule, ...]:
        """Return the rules that name an endpoint, in order, whether in force or not."""
        rules = self._by_endpoint.get(endpoint)
        if rules is None:
            if len(self._by_endpoint) >= 4096:
                self._by_endpoint.clear()
            rules = tuple(rule for rule in self._rules if endpoint_matches(rule.endpoint, endpoint))
            self._by_endpoint[endpoint] = rules
        return rules


def compile_rules(rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    """Compile and check rules. Raises ConfigError naming the rule and what is wrong with it."""
    given = tuple(rules)
    for problem in rule_problems(given, ()):
        index, *steps = problem.path
        field = " ".join(str(step) for step in (f"rule {given[int(index)].id!r}:", *steps))
        raise ConfigError(f"{field} {problem.message}", problem.remedy)
    return tuple(_compile(rule) for rule in given)


def endpoint_matches(pattern: str, endpoint: str) -> bool:
    """Tell whether a rule's endpoint (`*`, `GET /a/{id}`, `* /a`, `GET /a/*`) names this endpoint."""
    if pattern in ("*", endpoint):
        return True
    method, _, path = pattern.partition(" ")
    have_method, _, have_path = endpoint.partition(" ")
    if method not in ("*", have_method):
        return False
    return path == have_path or (path.endswith("/*") and have_path.startswith(path[:-1]))


def ends_at(rule: Rule) -> float:
    """Return the instant, Unix seconds, at which a rule stops working: the day of expiry is its last, in UTC."""
    day = date.fromisoformat(rule.expires)
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp()


def _compile(rule: Rule) -> CompiledRule:
    absolute, relative, seconds = (Decimal(repr(each)) for each in (rule.absolute, rule.relative, rule.seconds))
    return CompiledRule(
        id=rule.id, what=rule.what, endpoint=rule.endpoint, pattern=parse_pattern(rule.path),
        kinds=frozenset(map(Kind, rule.kinds)), absolute=absolute, relative=relative, seconds=seconds, to=rule.to,
        values=values_of(rule.values), is_asserted=rule.what == "expect" and rule.happens == "always",
        expires_at=ends_at(rule),
    )  # fmt: skip


def _missed(rule: CompiledRule) -> Found:
    note = f"the change that rule {rule.id!r} expects did not happen"
    return Found(kind=Kind.missing, area=EXPECT, segments=(rule.id,), note=note)


def _seconds(instant: Instant) -> Decimal:
    return Decimal(int(instant.utc.timestamp())) + Decimal(f"0.{instant.fraction or 0}")
