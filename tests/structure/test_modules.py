"""Small modules, documented and typed; tasks with an owner."""

from __future__ import annotations

import ast
from collections.abc import Iterator

LINES = 300

# Path: why it may be longer.
LONGER: dict[str, str] = {}

# Methods that a base class of the standard library or of httptools defines and documents.
INHERITED = {
    "connection_made", "connection_lost", "data_received", "eof_received", "pause_writing", "resume_writing",
    "get_buffer", "buffer_updated",
    "on_message_begin", "on_url", "on_status", "on_header", "on_headers_complete", "on_body", "on_message_complete",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_module_is_longer_than_it_should_be(modules) -> None:
    long = {module.path: module.text.count("\n") for module in modules if module.text.count("\n") > LINES}
    assert {path: n for path, n in long.items() if path not in LONGER} == {}
    assert [path for path in LONGER if path not in long] == [], "no longer long: remove it from LONGER"
    assert all(LONGER.values()), "an exception needs a reason"


def public(module) -> Iterator[tuple[str, ast.AST]]:
    """Yield (place, node) of the module and of every public class, function and method in it."""
    yield f"{module.path}:1 {module.name}", module.tree
    yield from _below(module.path, module.tree)


def _below(path: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | Function) or child.name.startswith("_") or child.name in INHERITED:
            continue
        yield f"{path}:{child.lineno} {child.name}", child
        if isinstance(child, ast.ClassDef):
            yield from _below(path, child)


def is_overload(node: ast.AST) -> bool:
    return isinstance(node, Function) and any(
        ast.unparse(one).split(".")[-1] in ("overload", "setter") for one in node.decorator_list
    )


def test_everything_public_has_a_docstring(modules) -> None:
    missing = [
        place for module in modules for place, node in public(module) if not is_overload(node) and not _doc(node)
    ]
    assert [place for place in missing if not place.endswith(("__init__", ".__main__"))] == []


def _doc(node: ast.AST) -> str | None:
    assert isinstance(node, ast.Module | ast.ClassDef | Function)
    if isinstance(node, ast.Module) and not node.body:
        return "an empty module has nothing to say"
    return ast.get_docstring(node)


def test_everything_public_is_annotated(modules) -> None:
    bare = []
    for module in modules:
        for place, node in public(module):
            if not isinstance(node, Function):
                continue
            arguments = [
                *node.args.posonlyargs,
                *node.args.args,
                *node.args.kwonlyargs,
                node.args.vararg,
                node.args.kwarg,
            ]
            untyped = [one.arg for one in arguments if one is not None and one.annotation is None]
            if [name for name in untyped if name not in ("self", "cls")] or node.returns is None:
                bare.append(place)
    assert bare == []


def test_tasks_have_an_owner(modules) -> None:
    """The loop keeps only weak references: a task whose handle is dropped may vanish. A TaskGroup keeps its own."""
    banned = ("asyncio.create_task", "asyncio.ensure_future", "create_task", "ensure_future", "loop.create_task")
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in banned
    ]
    assert found == []


def test_no_shell(modules) -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) in ("os.system", "os.popen")
            or any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
        )
    ]
    assert found == []
