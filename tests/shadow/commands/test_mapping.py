from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shadow.commands.mapping import mapping
from shadow.errors import ConfigError

CONFIG = """\
primary: {url: "http://old:9001"}
candidate: {url: "http://new:9002"}
mapping:
  - {endpoint: "* /api/auth/*", path: "/v2/auth/*"}
  - endpoint: POST /orders
    path: /v2/orders
    headers: {set: {X-Version: "2"}}
    body: [{path: $.quantity, to: $.qty, convert: integer}]
"""


@pytest.fixture
def run(tmp_path: Path) -> Any:
    path = tmp_path / "shadow.yaml"
    path.write_text(CONFIG)

    def invoke(*arguments: str) -> str:
        done = CliRunner().invoke(mapping, [*arguments, "-c", str(path)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_what_a_request_becomes(run: Any) -> None:
    assert run("try", "GET /api/auth/me?x=1") == "# GET /api/auth/me, mapped by '* /api/auth/*'\nGET /v2/auth/me?x=1\n"
    assert run("try", "GET /health") == "# GET /health, not mapped\nGET /health\n"
    assert run("try", "POST /orders", "-H", "X-A: 1", "--body", '{"quantity": "2"}') == (
        "# POST /orders, mapped by 'POST /orders'\nPOST /v2/orders\nX-A: 1\nContent-Type: application/json\n"
        'X-Version: 2\n\n{"qty": 2}\n'
    )


def test_for_machines(run: Any) -> None:
    assert json.loads(run("try", "GET /api/auth/me", "--json")) == {
        "endpoint": "GET /api/auth/me", "mapping": "* /api/auth/*", "request": "GET /v2/auth/me", "headers": [],
        "body": "",
    }  # fmt: skip
    assert json.loads(run("list", "--json"))[1] == {"old": "POST /orders", "new": "POST /v2/orders"}


def test_the_list(run: Any) -> None:
    assert run("list") == "* /api/auth/*  * /v2/auth/*\nPOST /orders   POST /v2/orders\n"


@pytest.mark.parametrize(
    "arguments", [["try", "GET"], ["try", "GET me"], ["try", "GET /ü"], ["try", "GET /", "-H", "x"]]
)
def test_what_is_no_request(run: Any, arguments: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        run(*arguments)
    assert caught.value.remedy
