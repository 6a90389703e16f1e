from __future__ import annotations

import pytest

from shadow.endpoints.template import compile_template
from shadow.validation.template import METHODS, fault_in, same_requests


@pytest.mark.parametrize(
    "endpoint",
    [f"{method} /users/{{id}}" for method in sorted(METHODS)]
    + ["* /static/*", "GET /", "GET /a/{x}/b/{y-2}.json", "TRACE /x", "GET /~u/%7E;v=1/x.json", "GET /a//b"],
)
def test_endpoints(endpoint: str) -> None:
    assert fault_in(endpoint) is None
    assert compile_template(*endpoint.split(" ", 1)).path == endpoint.partition(" ")[2]


@pytest.mark.parametrize(
    ("endpoint", "part"),
    [
        ("", "is not a method and a path"),
        ("/users", "is not a method and a path"),
        ("GET", "is not a method and a path"),
        ("GET ", "is not a method and a path"),
        ("get /users", "'get' is not a method. Did you mean 'GET'?"),
        ("XYZ /users", "'XYZ' is not a method. Valid:"),
        ("GET users", "starts with /"),
        ("GET  /users", "white space"),
        ("GET /users ", "white space"),
        ("GET /us\ters", "white space"),
        ("GET /users?x=1", "no query, fragment or space"),
        ("GET /users#x", "no query, fragment or space"),
        ("GET /users/{id", "unbalanced braces in '{id'"),
        ("GET /users/{}", "a parameter has no name"),
        ("GET /users/{i d}", "white space"),
        ("GET /users/x{id}}", "unbalanced braces"),
        ("GET /users/a*", "'a*' is malformed. `*` stands alone at the end"),
        ("GET /users/*/x", "* may only stand at the end"),
        ("GET /{id}/x/{id}", "a parameter occurs twice"),
    ],
)
def test_malformed_endpoints(endpoint: str, part: str) -> None:
    fault = fault_in(endpoint)
    assert fault is not None
    assert part in " ".join(fault)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("GET /a/{x}", "GET /a/{y}", True),
        ("GET /a/{x}", "POST /a/{x}", False),
        ("GET /a/{x}", "GET /a/*", False),
        ("GET /a", "GET /a/", False),
    ],
)
def test_same_requests(one: str, other: str, same: bool) -> None:
    assert (same_requests(one) == same_requests(other)) is same
