"""Contradictions in what is mapped: every mapping that passes here can be compiled, and makes no invalid request."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from shadow.config.contract import BodyStep, FieldMapping, HeaderMapping, Mapping
from shadow.config.document import Path
from shadow.endpoints.map import METHODS
from shadow.mapping.document import Step
from shadow.mapping.headers import fault_in_name, fault_in_value
from shadow.mapping.routes import RouteMap
from shadow.validation.problem import Problem, repeated
from shadow.validation.template import fault_in, same_requests


def mapping_problems(mappings: tuple[Mapping, ...]) -> Iterator[Problem]:
    """Yield mappings of the same requests, paths that use what is not there, and changes that cannot be made."""
    for index, first in repeated(same_requests(mapping.endpoint) for mapping in mappings):
        yield Problem(
            path=("mapping", index, "endpoint"),
            message=f"is the same endpoint as mapping[{first}].",
            remedy="Merge the two: only one of them can decide.",
        )
    for index, mapping in enumerate(mappings):
        yield from _one(mapping, ("mapping", index))


def _one(mapping: Mapping, path: Path) -> Iterator[Problem]:
    if fault := fault_in(mapping.endpoint):
        yield Problem(path=(*path, "endpoint"), message=fault[0], remedy=fault[1])
    elif mapping.path:
        method, _, old = mapping.endpoint.partition(" ")
        try:
            RouteMap(method, old, mapping.path)
        except ValueError as error:
            yield Problem(
                path=(*path, "path"), message=f"cannot be read: {error}.",
                remedy="Write the new path with the parameters of the old one: /v2/users/{id}, /v2/auth/*.",
            )  # fmt: skip
    if mapping == Mapping(endpoint=mapping.endpoint):
        yield Problem(path=path, message="changes nothing.", remedy="Say what is different, or remove it.")
    yield from _method(mapping, path)
    yield from _fields(mapping.query, (*path, "query"))
    yield from _fields(mapping.form, (*path, "form"))
    yield from _headers(mapping.headers, (*path, "headers"))
    yield from _steps(mapping.body, (*path, "body"))
    answer = mapping.answer
    yield from _headers(answer.headers, (*path, "answer", "headers"))
    yield from _steps(answer.body, (*path, "answer", "body"))
    for new, old_status in answer.status.items():
        if not (new.isascii() and new.isdigit() and 200 <= int(new) <= 599 and 200 <= old_status <= 599):
            yield Problem(
                path=(*path, "answer", "status", new), message="are not two final statuses.",
                remedy="Write the candidate's status and the old one it stands for: {201: 200}.",
            )  # fmt: skip


def _method(mapping: Mapping, path: Path) -> Iterator[Problem]:
    method = mapping.method
    if method and method not in METHODS - {"CONNECT"}:
        near = get_close_matches(method.upper(), METHODS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        yield Problem(path=(*path, "method"), message="is not a method.", remedy=f"{hint}Write it in capitals.")
    old = mapping.endpoint.partition(" ")[0]
    if method and (method == "HEAD") != (old == "HEAD"):
        yield Problem(
            path=(*path, "method"), message="has no body to compare: only HEAD can be asked as HEAD.",
            remedy="Name another method, or map HEAD by itself.",
        )  # fmt: skip


def _fields(mapping: FieldMapping, path: Path) -> Iterator[Problem]:
    for name in mapping.drop:
        if name in mapping.rename or name in mapping.values or name in mapping.convert:
            yield Problem(
                path=(*path, "drop"), message=f"leaves out {name!r}, which is changed, too.",
                remedy="Remove one of the two.",
            )  # fmt: skip
    for index, _ in repeated(mapping.rename.values()):
        yield Problem(
            path=(*path, "rename"), message=f"gives {list(mapping.rename.values())[index]!r} to two fields.",
            remedy="Give every field a name of its own.",
        )  # fmt: skip


def _headers(mapping: HeaderMapping, path: Path) -> Iterator[Problem]:
    named: list[tuple[Path, str]] = [(("drop", at), name) for at, name in enumerate(mapping.drop)]
    named += [(("rename", old), name) for old, new in mapping.rename.items() for name in (old, new)]
    named += [(("set", name), name) for name in mapping.set]
    for where, name in named:
        if fault := fault_in_name(name):
            yield Problem(path=(*path, *where), message=f"{fault}.", remedy="Remove it, or correct its name.")
    for name, value in mapping.set.items():
        if fault := fault_in_value(value):
            yield Problem(path=(*path, "set", name), message=f"{fault}.", remedy="Write it on one line, in Latin-1.")


def _steps(steps: tuple[BodyStep, ...], path: Path) -> Iterator[Problem]:
    for index, step in enumerate(steps):
        try:
            Step(step)
        except ValueError as error:
            yield Problem(
                path=(*path, index), message=f"cannot be done: {error}.", remedy="See docs/mapping.md.",
            )  # fmt: skip
