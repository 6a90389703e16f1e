"""Imports point one way: the table says what each part may import of ours besides itself.

A row, and each name in it, means that module and everything below it. Whatever the table allows, neither rooms (the
folders and modules right below a package) nor modules import each other in a circle.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

BASE = (
    "shadow.records", "shadow.translation", "shadow.errors", "shadow.clock", "shadow.config", "shadow.triage",
    "shadow.learnt",
)  # fmt: skip

# Pure modules that need nothing but the base: anything above them may use them.
PURE = (
    "shadow.redact", "shadow.redaction_key", "shadow.endpoints", "shadow.descriptors", "shadow.files", "shadow.options",
)  # fmt: skip

ARROWS: dict[str, tuple[str, ...]] = {
    "verify": (*BASE, *PURE, "shadow.validation", "shadow.ledger"),
    # The lower rooms of the verifier, from the ground up; the others may use all of these and one another.
    "verify.classes": (),
    "verify.nearest": ("shadow.errors",),
    "verify.store": ("shadow.errors", "verify.classes"),
    "verify.equality": (*BASE, "verify.classes", "verify.nearest", "verify.store"),
    "verify.rows": (*BASE, "verify.classes", "verify.equality", "verify.store"),
    "verify.telling": (*BASE, *PURE, "verify.equality", "verify.store"),
    "verify.load": (*BASE, "verify.progress"),
    # A plan knows derived tables; they do not know the plan.
    "verify.planning": (*BASE, "verify.classes", "verify.derived", "verify.equality", "verify.nearest", "verify.rows",
                        "verify.store"),
    "verify.derived": (*BASE, "verify.classes", "verify.equality", "verify.nearest", "verify.rows", "verify.store"),
    "verify.explain": (*BASE, "verify.classes", "verify.equality", "verify.planning", "verify.rows", "verify.store",
                       "verify.survey", "verify.telling"),
    "reports": (
        *BASE,
        *PURE,
        "shadow.validation",
        "shadow.export.curl",
        "shadow.visible",
        "shadow.ledger",
        "shadow.mapping",
        "shadow.rules",
    ),
    "shadow.records": ("shadow.datacheck", "shadow.translation"),
    "shadow.datacheck": (),
    "shadow.translation": (),
    "shadow.triage": ("shadow.records",),
    "shadow.learnt": ("shadow.records",),
    "shadow.errors": (),
    "shadow.clock": (),
    "shadow.config": ("shadow.records", "shadow.errors", "shadow.redact_words"),
    # Asks those who will read a value whether they can: single modules, not rooms.
    "shadow.validation": (
        *BASE,
        "shadow.paths",
        "shadow.endpoints.map",
        "shadow.endpoints.template",
        "shadow.identity.kinds",
        "shadow.mapping.document",
        "shadow.mapping.headers",
        "shadow.mapping.routes",
        "shadow.redact_words",
        "shadow.wire.address",
    ),
    "shadow.paths": (),
    "shadow.bodies": ("shadow.records",),
    "shadow.mapping": (*BASE, "shadow.endpoints", "shadow.bodies", "shadow.paths"),
    "shadow.visible": (),
    # Reads the ledger; `check` is copied into the tests that are written and needs nothing.
    "shadow.export": (*BASE, "shadow.paths", "shadow.ledger", "shadow.visible"),
    "shadow.identity": (*BASE, "shadow.endpoints", "shadow.mapping", "shadow.bodies", "shadow.paths"),
    "shadow.endpoints": BASE,
    "shadow.redact": (*BASE, "shadow.paths", "shadow.redact_words"),
    "shadow.redact_words": (),
    "shadow.redaction_key": BASE,
    "shadow.descriptors": BASE,
    "shadow.files": (),
    "shadow.options": (),
    "shadow.logs": (),
    "shadow.ipc": (*BASE, "shadow.logs"),
    "shadow.wire": BASE,
    "shadow.ledger": BASE,
    "shadow.compare": (*BASE, *PURE, "shadow.bodies", "shadow.paths", "shadow.ipc", "shadow.mapping",
                       "shadow.identity", "shadow.validation"),
    "shadow.rules": (
        *BASE,
        "shadow.paths",
        "shadow.validation",
        "shadow.compare.outcome",
        "shadow.compare.rules",
        "shadow.ledger.caps",
        "shadow.ledger.evidence",
    ),
    "shadow.legs": (*BASE, *PURE, "shadow.ipc", "shadow.wire", "shadow.mapping", "shadow.identity"),
    "shadow.control": (*BASE, "shadow.validation", "shadow.ipc", "shadow.ledger", "shadow.wire.address"),
    "shadow.keeper": (*BASE, *PURE, "shadow.control", "shadow.ipc", "shadow.ledger"),
    "shadow.mirror": (*BASE, *PURE, "shadow.validation", "shadow.logs", "shadow.ipc", "shadow.wire", "shadow.ledger"),
    "shadow.doctor": (*BASE, *PURE, "shadow.wire.address", "shadow.wire.build", "shadow.ledger"),
    "shadow.demo": (*BASE, *PURE, "shadow.ledger"),
    "shadow.commands": (
        *BASE,
        *PURE,
        "shadow.validation",
        "shadow.demo",
        "shadow.doctor",
        "shadow.mapping",
        "shadow.export",
        "shadow.ledger",
        "shadow.rules",
    ),
    "shadow.cli": ("shadow.errors",),
    "shadow.__main__": ("shadow.cli",),
    "shadow": (),
}


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def part_of(name: str) -> str | None:
    """The longest row of the table that covers a module; the bare `shadow` covers only its __init__."""
    if name == "shadow":
        return name
    rows = [row for row in ARROWS if row != "shadow" and within(name, row)]
    return max(rows, key=len, default=None)


def allowed(name: str, imported: str) -> bool:
    part = part_of(name)
    assert part is not None, f"{name} has no row in ARROWS"
    # The bare package is a docstring; importing it (for its place on disk) reaches nothing.
    return imported == "shadow" or within(imported, part) or any(within(imported, one) for one in ARROWS[part])


def test_imports_follow_the_arrows(modules) -> None:
    wrong = [
        f"{module.path}:{line}: {part_of(module.name)} may not import {imported}"
        for module in modules
        for line, imported in module.imports()
        if not allowed(module.name, imported)
    ]
    assert wrong == []


def test_the_table_names_only_what_there_is(modules) -> None:
    known = {module.name for module in modules}
    assert {name for row, names in ARROWS.items() for name in (row, *names)} - known == set()


def test_every_module_has_a_row(modules) -> None:
    assert [module.path for module in modules if part_of(module.name) is None] == []


@pytest.mark.parametrize(
    ("name", "imported", "good"),
    [
        ("shadow.mirror.listener", "verify.store", False),
        ("shadow.mirror.listener", "reports", False),
        ("shadow.wire.pool", "shadow.mirror.tee", False),
        ("shadow.wire.pool", "shadow.wire.head", True),
        ("shadow.ledger.writer", "shadow.compare.rules", False),
        ("verify.running.job", "shadow.compare.walk", False),
        ("verify.running.job", "reports.document", False),
        ("reports.judge", "verify.store", False),
        ("reports.judge", "shadow.ledger.reader", True),
        ("shadow.cli", "shadow.config", False),
        ("shadow.config.model", "shadow.validation", False),
        ("shadow.records", "shadow.recordsx", False),
        ("shadow.demo.example", "shadow", True),
        ("shadow.redact_words", "shadow.redact", False),
        ("shadow.redact", "shadow.redact_words", True),
    ],
)
def test_the_table_says_no(name: str, imported: str, good: bool) -> None:
    assert allowed(name, imported) is good


def circle(arrows: dict[str, dict[str, str]]) -> list[str]:
    """Return the places of the imports that lead from somewhere back to itself; none where all lead downwards."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return [arrows[one][other] for one, other in pairwise(error.args[1][::-1])]
    return []


def between_rooms(modules) -> dict[str, dict[str, str]]:
    """Return which room imports which, and where: at the top, within a function or for types alone."""
    arrows: dict[str, dict[str, str]] = {}
    for module in modules:
        for line, imported in module.imports():
            one, other = (".".join(name.split(".")[:2]) for name in (module.name, imported))
            if one != other and "." in one and "." in other:
                arrows.setdefault(one, {}).setdefault(other, f"{module.path}:{line}: {one} imports {imported}")
    return arrows


def between_modules(modules) -> dict[str, dict[str, str]]:
    """Return which module imports which, and where; what is imported for types alone is left out."""
    arrows: dict[str, dict[str, str]] = {}
    for module in modules:
        for_types = {
            line
            for node in ast.walk(module.tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        for line, imported in module.imports():
            if line not in for_types and imported != module.name:
                place = f"{module.path}:{line}: {module.name} imports {imported}"
                arrows.setdefault(module.name, {}).setdefault(imported, place)
    return arrows


def test_rooms_do_not_import_each_other_in_a_circle(modules) -> None:
    assert circle(between_rooms(modules)) == []


def test_modules_do_not_import_each_other_in_a_circle(modules) -> None:
    assert circle(between_modules(modules)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shadow.wire.planted", "from shadow.mirror.tee import Tee"),
        ("shadow.config.planted", "def late():\n    from shadow.validation import load_config"),
        ("verify.stores.planted", "from verify.columnar import offer"),
        ("verify.checks.planted", "import verify.cli"),
        ("reports.numbers", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import reports.page.view"),
    ],
)
def test_a_planted_circle_of_rooms_is_found(modules, name: str, text: str) -> None:
    found = circle(between_rooms([*modules, planted(modules, name, text)]))
    assert any(place.startswith(f"{name}.py:") for place in found)
    assert len(found) > 1


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("shadow.ledger.sql", "def late():\n    from shadow.ledger import writer", True),
        ("verify.store", "import verify.rows.digest", True),
        ("verify.store", "if TYPE_CHECKING:\n    import verify.rows.digest", False),
    ],
)
def test_a_planted_circle_of_modules_is_found(modules, name: str, text: str, is_found: bool) -> None:
    found = circle(between_modules([*modules, planted(modules, name, text)]))
    assert any(place.startswith(f"{name}.py:") for place in found) is is_found
    assert bool(found) is is_found


def planted(modules, name: str, text: str):
    """Return a module of this name and text beside the others, as if it were written there."""
    return replace(modules[0], name=name, path=f"{name}.py", text=text, tree=ast.parse(text))


def test_no_part_reaches_another_by_a_name_in_a_string(modules) -> None:
    """Reaching a room by name is for the front door, the live report and doctor, and to start processes."""
    named: set[str] = set()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
                named.add(module.name)
    assert named <= {"shadow.cli", "shadow.control.render", "shadow.doctor.stores"}
