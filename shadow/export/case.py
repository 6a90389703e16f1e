"""One group of differences as a test: the request that showed it, and what the old backend answered there."""

from __future__ import annotations

import json
import re

import msgspec

from shadow.export.check import MISSING, parsed, value_at
from shadow.export.curl import is_sent
from shadow.ledger.evidence import SignatureRow
from shadow.paths import Wild, parse_pattern
from shadow.records import Difference, Disposition, Example, Kind, Message

_MOST_CHECKS = 3
_KEYED = re.compile(r"same items in another order, by '([^']+)'")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A call in the written test: the function of shadow.export.check, and its arguments behind the answer."""

    function: str
    arguments: tuple[object, ...]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A test: `about` says in words what differed."""

    name: str
    about: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    checks: tuple[Check, ...]


class NotExportableError(Exception):
    """Raised where a group cannot become a test; the text says why."""


def case_of(group: SignatureRow, *, mapped: bool) -> Case:
    """Return the test of a group, from its latest example that can be one. `mapped`: the candidate's answers are read
    through a mapping, which a test that stands alone cannot do. Raises NotExportableError with the reason."""
    if mapped:
        raise NotExportableError("its answers are read through `mapping`, which a test by itself does not know")
    if not group.examples:
        raise NotExportableError("the ledger holds no example of it")
    reason = ""
    for example in reversed(group.examples):
        try:
            return _case(group, example)
        except NotExportableError as error:
            reason = str(error)
    raise NotExportableError(reason)


def _case(group: SignatureRow, example: Example) -> Case:
    request = example.asked or example.request
    method, _, target = request.start.partition(" ")
    if request.cut:
        raise NotExportableError("its request was too long to be kept whole")
    if request.body.startswith("[") and request.body.endswith("]") and not _is_json(request.body):
        raise NotExportableError("the body of its request is not text")
    if not target.startswith("/"):
        raise NotExportableError("its target is no path")
    found = [
        each for each in example.differences
        if each.group == group.group and each.kind is group.kind and each.disposition is Disposition.open
    ][:_MOST_CHECKS]  # fmt: skip
    checks = tuple(_check(each, example.primary) for each in found)
    if not checks:
        raise NotExportableError("no open difference of it is in an example")
    return Case(
        name=_name(group),
        about=f"{group.endpoint}: {group.kind.value} at {group.group}, in {group.n_open:,} exchanges",
        method=method,
        target=target,
        headers=tuple(
            (name, value) for name, value in request.headers
            if is_sent(name) and name.lower() not in ("content-encoding", "shadow-leg")
        ),
        body=request.body,
        checks=checks,
    )  # fmt: skip


def _check(difference: Difference, old: Message) -> Check:
    pattern = parse_pattern(difference.path)
    place = [each for each in pattern.segments or () if not isinstance(each, Wild)]
    if pattern.area == "status":
        return Check(function="check_status", arguments=(int(difference.old or 0),))
    if pattern.area == "header":
        return Check(function="check_header", arguments=([str(each) for each in place], difference.old))
    if pattern.area != "body" or difference.kind is Kind.compare_error:
        raise NotExportableError(f"a difference at {difference.path} is nothing that an answer can be asked for")
    if pattern.segments is None and not _is_json(old.body):
        if old.cut or old.body.startswith("["):
            raise NotExportableError("the old answer was not kept whole as text")
        return Check(function="check_text", arguments=(old.body,))
    if difference.old is None:
        return Check(function="check_json", arguments=(place, None))
    keyed = _KEYED.search(difference.note) if difference.kind is Kind.order else None
    return Check(function="check_json", arguments=(place, _expected(place, difference, old, keyed), *(
        (keyed[1],) if keyed else ()
    )))  # fmt: skip


def _expected(
    place: list[str | int], difference: Difference, old: Message, keyed: re.Match[str] | None
) -> str:
    """Return the old side's value as JSON text: from its body, else from the difference."""
    if _is_json(old.body) and not old.cut:
        value = value_at(parsed(old.body), place)
        if value is not MISSING:
            items = value if isinstance(value, list) else []
            shown = [item.get(keyed[1]) for item in items if isinstance(item, dict)] if keyed else value
            return _written(shown)
    if keyed is None and difference.old is not None and _is_json(difference.old):
        return difference.old
    raise NotExportableError("the old value was too long to be kept whole")


def _written(value: object) -> str:
    """Write a parsed document again, numbers as they were."""
    if isinstance(value, tuple):
        return str(value[1])
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value)


def _is_json(text: str) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True


def _name(group: SignatureRow) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", f"{group.endpoint} {group.group} {group.kind.value}".lower()).strip("_")
    return f"test_{words[:80].strip('_')}_{group.id[:8]}"
