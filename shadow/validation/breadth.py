"""Is a rule too broad? What would hide a whole answer or an endpoint is refused, with what to write instead. Pure."""

from __future__ import annotations

from shadow.config.model import Rule
from shadow.paths import Pattern, Wild, parse_pattern
from shadow.records import Kind

# A difference of these kinds leaves the values standing: even about a whole body they hide no wrong answer.
MILD = frozenset(
    str(kind)
    for kind in (
        Kind.error_body, Kind.encoding, Kind.whitespace, Kind.case, Kind.precision, Kind.timezone, Kind.order,
        Kind.url_host,
    )
)  # fmt: skip

Fault = tuple[str, str]
"""What is wrong, and what to do instead."""


def breadth_fault(rule: Rule) -> Fault | None:
    """Return why a rule is too broad, or None.

    Cannot see: how much of the traffic it would hide; the dry run of `shadow rules add` shows that.
    """
    if rule.what not in ("ignore", "expect", "tolerate"):
        return None
    pattern = parse_pattern(rule.path)
    is_mild = bool(rule.kinds) and set(rule.kinds) <= MILD
    if rule.what == "tolerate":
        if rule.relative >= 1:
            return "tolerates any two numbers of one sign: a relative distance of 1 is all of it.", "Use less than 1."
        return _EVERYTHING if pattern.is_over_broad else None
    if pattern.area == "status" and not (rule.what == "expect" and rule.values):
        return (
            "covers any other status, and with it headers and body, which are not compared then.",
            "Say which: `what: expect` with `values: {\"200\": \"201\"}`.",
        )
    if pattern.area == "body" and not pattern.segments:
        if is_mild or (rule.what == "expect" and rule.values):
            return None
        return (
            "covers whole bodies.",
            f"Name members, such as '$.meta.**', or kinds that leave the values standing: {', '.join(sorted(MILD))}.",
        )
    if _names_nothing(pattern) and not (is_mild and pattern.area == "body"):
        return _EVERYTHING
    return None


_EVERYTHING: Fault = (
    "covers everything.",
    "Name at least one key in it: a path of wildcards hides the body whatever it says.",
)


def _names_nothing(pattern: Pattern) -> bool:
    return bool(pattern.segments) and all(isinstance(segment, Wild) for segment in pattern.segments or ())
