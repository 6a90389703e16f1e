from __future__ import annotations

import ast
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shadow.export.case import Case, Check, case_of
from shadow.export.source import source_of
from shadow.records import Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def calls(source: str) -> list[ast.FunctionDef]:
    tree = ast.parse(source)
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def test_a_file_is_python_and_imports_nothing_of_ours(group: Any) -> None:
    request = Message(start="GET /a?token=‹token:00aa›", headers=(("Authorization", "Bearer ‹bearer:9b02›"),))
    source = source_of([case_of(group(request=request), mapped=False)], "test_x.py")
    (test,) = calls(source)
    assert test.name == "test_get_orders_id_body_total_value_a1b2c3d4"
    nodes = list(ast.walk(ast.parse(source)))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "http.client", "json", "os", "re", "typing", "urllib.parse"}
    assert "Needed here: SHADOW_BEARER_9B02, SHADOW_TOKEN_00AA." in source
    assert "python -m pytest test_x.py" in source


@given(TEXT, TEXT, TEXT, TEXT)
def test_text_from_outside_stays_data(target: str, name: str, body: str, expected: str) -> None:
    case = Case(
        name="test_it", about=target + body, method="GET", target=target, headers=((name, body),), body=body,
        checks=(Check(function="check_json", arguments=([expected], expected)),),
    )  # fmt: skip
    (test,) = calls(source_of([case], "x.py"))
    asked, checked = test.body
    assert isinstance(asked, ast.Assign) and isinstance(asked.value, ast.Call)
    assert [ast.literal_eval(each) for each in asked.value.args] == ["GET", target, [(name, body)], body]
    assert isinstance(checked, ast.Expr) and isinstance(checked.value, ast.Call)
    assert [ast.literal_eval(each) for each in checked.value.args[1:]] == [[expected], expected]
