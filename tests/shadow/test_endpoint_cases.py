from __future__ import annotations

import json
from pathlib import Path

import pytest

from shadow.endpoints.cases import cases_of, read_cases
from shadow.errors import ConfigError

DOCUMENT = {
    "servers": [{"url": "https://x.example/api"}],
    "components": {"parameters": {"page": {"in": "query", "name": "page"}}},
    "paths": {
        "/users/{id}": {
            "parameters": [{"in": "path", "name": "id"}, {"$ref": "#/components/parameters/page"}],
            "get": {
                "responses": {"200": {}, "4XX": {}, "500": {}, "default": {}},
                "parameters": [{"in": "query", "name": "full"}, {"in": "header", "name": "x"}, {"$ref": "#/gone"}, 7],
            },
            "summary": "no operation",
        },
        "/odd": "no mapping",
    },
}


def test_answers_below_500_and_query_parameters() -> None:
    assert cases_of(DOCUMENT) == (
        "GET /api/users/{id} parameter full",
        "GET /api/users/{id} parameter page",
        "GET /api/users/{id} status 2xx",
        "GET /api/users/{id} status 4xx",
    )


@pytest.mark.parametrize("document", [None, [], {}, {"paths": None}, {"paths": {"/a": {"get": {}}}}])
def test_what_declares_nothing_has_no_cases(document: object) -> None:
    assert cases_of(document) == ()


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(DOCUMENT))
    assert len(read_cases(str(path))) == 4
    with pytest.raises(ConfigError, match="cannot be read"):
        read_cases(str(tmp_path / "none.json"))
