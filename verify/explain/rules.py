"""Suggested rules: what to write under a pair of `verify.tables`, as lines of YAML. Only where the values could be
meant to differ in this way; damage has none."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

from shadow.config.model import TablePair
from verify.classes import TypeClass
from verify.equality.transforms import STEPS
from verify.explain.columns import Group
from verify.planning.plan import Pair
from verify.telling.render import Redact

Rule = dict[str, Any]

_TOLERANCES: dict[str, Rule] = {
    "rounded to milliseconds": {"tolerance": 0.0005},
    "rounded to seconds": {"tolerance": 0.5},
    "floating-point precision": {"relative_tolerance": 1e-12},
    "precision of a 32-bit float": {"relative_tolerance": 1e-7},
    "precision of a float beyond 2**53": {"relative_tolerance": 1e-15},
}
_OLD_STEPS = {
    "trailing blanks lost": "rtrim",
    "empty text became NULL": "empty_is_null",
    "NULL became empty text": "null_is_empty",
    "text became a number": "number",
    "became text, was a number": "text",
}
_BOTH_STEPS = {
    "trailing blanks added": "rtrim",
    "leading or trailing whitespace": "trim",
    "case": "casefold",
    "another Unicode normal form": "nfc",
    "same number, written differently": "number",
}
_PLACES = re.compile(r"(rounded|cut) to (\d+) decimals?")
_POWER = re.compile(r"scaled by 10\*\*(-?\d+)")


def rule_for(pair: Pair, column: str, group: Group, redact: Redact) -> str:
    """Return the rule under which the differences of a group would be equal, "" where there is none."""
    kind, parameter = group.family
    readings = dict(zip(_names(pair), zip(pair.old_selection.readings, pair.new_selection.readings, strict=True),
                        strict=True))  # fmt: skip
    old, new = readings[column]
    if old.transformed or new.transformed:
        # What is declared already would have to be part of it.
        return ""
    if kind == "remap":
        return _written(_map(column, group, redact))
    if kind == "time_precision" and parameter in ("cut to milliseconds", "cut to seconds"):
        return _written({"truncate": {column: parameter.removeprefix("cut to ")}})
    if parameter in ("NULL became a missing field", "missing field became NULL"):
        return _written({"missing_is_null": True})
    if parameter in _TOLERANCES:
        return _written({key: {column: most} for key, most in _TOLERANCES[parameter].items()})
    one, other = pair.old.column(column), pair.new.column(pair.new_name(column))
    assert one is not None and other is not None
    return _written(_steps(column, parameter, one.kind, other.kind))


def _names(pair: Pair) -> list[str]:
    return [reading.column for reading in pair.old_selection.readings]


def _steps(column: str, parameter: str, old: TypeClass, new: TypeClass) -> Rule:
    places, power = _PLACES.fullmatch(parameter), _POWER.fullmatch(parameter)
    step, both = _OLD_STEPS.get(parameter, ""), _BOTH_STEPS.get(parameter, "")
    if places is not None:
        step = f"{'round' if places[1] == 'rounded' else 'truncate'}:{places[2]}"
    elif power is not None:
        step = f"scale:{power[1]}"
    wanted = {"transform": (step or both, old), "new_transform": (both, new)}
    rule = {key: {column: [step]} for key, (step, _) in wanted.items() if step}
    if any(step and kind not in STEPS[step.partition(":")[0]].takes for step, kind in wanted.values()):
        return {}
    return rule


def _map(column: str, group: Group, redact: Redact) -> Rule:
    """Return a mapping whose new values are text; none where a value must not be written down."""
    found: dict[str, str] = {}
    for old, new in group.pairs:
        name = ("true" if old else "false") if isinstance(old, bool) else str(old)
        if not isinstance(new, str) or not isinstance(old, str | int):
            return {}
        if any(redact(column, text) != text for text in (name, new)) or name in found:
            return {}
        found[name] = new
    return {"map": {column: found}}


def _written(rule: Rule) -> str:
    """Return a rule as YAML, a line for each key, having proved that the configuration takes it; "" for none."""
    if not rule:
        return ""
    msgspec.convert({"old": "t", **rule}, TablePair, strict=False)
    return "\n".join(_line(key, value) for key, value in rule.items())


def _line(key: str, value: Any) -> str:
    text: str = yaml.safe_dump({key: value}, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.strip()[1:-1]
