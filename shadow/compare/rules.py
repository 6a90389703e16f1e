"""Governed statements about differences: which rule covers a difference, if any. An expired rule covers nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from shadow.compare.found import Found
from shadow.compare.instants import Instant, parse_instant
from shadow.compare.parse import number
from shadow.compare.paths import Pattern, parse_pattern
from shadow.config.model import Rule
from shadow.errors import ConfigError
from shadow.records import Disposition, Kind

_NEVER = frozenset((Kind.compare_error, Kind.timing))
_TOLERABLE = frozenset((Kind.value, Kind.precision))


class CompiledRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule ready to be asked. It works before `expires_at`, Unix seconds."""

    id: str
    tolerates: bool
    endpoint: str
    pattern: Pattern
    kinds: frozenset[Kind]
    absolute: Decimal
    relative: Decimal
    seconds: Decimal
    expires_at: float

    def covers(self, found: Found) -> bool:
        """Tell whether this rule covers a difference, regardless of endpoint and time."""
        if self.kinds and found.kind not in self.kinds:
            return False
        if found.kind in _NEVER or not self.pattern.matches(found.area, found.segments):
            return False
        return self._within(found) if self.tolerates else True

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
        self._unordered = tuple(_pattern("compare.unordered", path) for path in unordered)
        self._by_endpoint: dict[str, tuple[CompiledRule, ...]] = {}

    def cover(self, endpoint: str, found: Found, at: float) -> tuple[Disposition, str] | None:
        """Return what becomes of a difference seen at the instant `at`, with the id of the rule, or None."""
        for rule in self._for(endpoint):
            if at < rule.expires_at and rule.covers(found):
                return (Disposition.tolerated if rule.tolerates else Disposition.ignored), rule.id
        if found.kind is Kind.order and any(p.matches(found.area, found.segments) for p in self._unordered):
            return Disposition.ignored, "unordered"
        return None

    def _for(self, endpoint: str) -> tuple[CompiledRule, ...]:
        rules = self._by_endpoint.get(endpoint)
        if rules is None:
            if len(self._by_endpoint) >= 4096:
                self._by_endpoint.clear()
            rules = tuple(rule for rule in self._rules if endpoint_matches(rule.endpoint, endpoint))
            self._by_endpoint[endpoint] = rules
        return rules


def compile_rules(rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    """Compile and check rules. Raises ConfigError naming the rule and what is wrong with it."""
    compiled: list[CompiledRule] = []
    for rule in rules:
        if not rule.id.strip() or any(rule.id == other.id for other in compiled):
            raise ConfigError(f"compare.rules: the id {rule.id!r} is empty or used twice.", "Give each its own id.")
        compiled.append(_compile(rule))
    return tuple(compiled)


def endpoint_matches(pattern: str, endpoint: str) -> bool:
    """Tell whether a rule's endpoint (`*`, `GET /a/{id}`, `* /a`, `GET /a/*`) names this endpoint."""
    if pattern in ("*", endpoint):
        return True
    method, _, path = pattern.partition(" ")
    have_method, _, have_path = endpoint.partition(" ")
    if method not in ("*", have_method):
        return False
    return path == have_path or (path.endswith("/*") and have_path.startswith(path[:-1]))


def _compile(rule: Rule) -> CompiledRule:
    where = f"compare.rules: rule {rule.id!r}"
    if not rule.owner.strip() or not rule.reason.strip():
        raise ConfigError(f"{where} has no owner or no reason.", "Say who answers for it, and why it is right.")
    kinds = frozenset(_kind(where, kind) for kind in rule.kinds)
    created, expires = _day(where, "created", rule.created), _day(where, "expires", rule.expires)
    if expires < created:
        raise ConfigError(f"{where} expires ({rule.expires}) before it was created ({rule.created}).", "Correct it.")
    pattern = _pattern(where, rule.path)
    if pattern.is_over_broad:
        raise ConfigError(
            f"{where} covers everything: {rule.path!r} names nothing but wildcards.",
            "Name at least one member, such as '$.meta.**'.",
        )
    tolerances = (rule.absolute, rule.relative, rule.seconds)
    if (rule.what == "tolerate") != any(tolerances):
        raise ConfigError(
            f"{where} says {rule.what!r} {'without' if rule.what == 'tolerate' else 'with'} a tolerance.",
            "A tolerate rule needs absolute, relative or seconds; an ignore rule takes none of them.",
        )
    method, _, path = rule.endpoint.partition(" ")
    if rule.endpoint != "*" and (not method or not path.startswith(("/", "_other"))):
        raise ConfigError(f"{where}: endpoint {rule.endpoint!r} is no endpoint.", "Write '*' or 'GET /orders/{id}'.")
    absolute, relative, seconds = (Decimal(repr(each)) for each in tolerances)
    # The day of expiry is the last one on which the rule works, in UTC.
    ends = datetime(expires.year, expires.month, expires.day, tzinfo=UTC) + timedelta(days=1)
    return CompiledRule(
        id=rule.id, tolerates=rule.what == "tolerate", endpoint=rule.endpoint, pattern=pattern, kinds=kinds,
        absolute=absolute, relative=relative, seconds=seconds, expires_at=ends.timestamp(),
    )  # fmt: skip


def _kind(where: str, text: str) -> Kind:
    names = [kind.value for kind in Kind if kind not in _NEVER]
    if text not in names:
        raise ConfigError(f"{where}: unknown kind {text!r}.", f"Use one of {', '.join(names)}.")
    return Kind(text)


def _day(where: str, field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {field} {text!r} is no date.", "Write it as 2026-12-31.") from error
    if not 1970 < day.year < 9999:
        raise ConfigError(f"{where}: {field} {text!r} is out of range.", "Write a date such as 2026-12-31.")
    return day


def _pattern(where: str, path: str) -> Pattern:
    try:
        return parse_pattern(path)
    except ValueError as error:
        remedy = "Write a path such as '$.items[*].price', 'header:etag' or 'status'; see docs/comparison.md."
        raise ConfigError(f"{where}: {error}.", remedy) from error


def _seconds(instant: Instant) -> Decimal:
    return Decimal(int(instant.utc.timestamp())) + Decimal(f"0.{instant.fraction or 0}")
