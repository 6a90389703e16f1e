from __future__ import annotations

import pytest

from shadow.config.template import METHODS, fault_in, same_requests


@pytest.mark.parametrize(
    "endpoint",
    [f"{method} /users/{{id}}" for method in METHODS]
    + ["* /static/*", "GET /", "GET /a/{x}/b/{y_2}", "GET /a/*/b", "GET /~u/%7E;v=1/x.json", "GET /a//b"],
)
def test_endpoints(endpoint: str) -> None:
    assert fault_in(endpoint) is None


@pytest.mark.parametrize(
    ("endpoint", "part"),
    [
        ("", "is not a method and a path"),
        ("/users", "is not a method and a path"),
        ("GET", "is not a method and a path"),
        ("GET ", "is not a method and a path"),
        ("get /users", "'get' is not a method. Did you mean 'GET'?"),
        ("XYZ /users", "'XYZ' is not a method. Valid:"),
        ("TRACE /users", "is not a method"),
        ("GET users", "does not begin with `/`"),
        ("GET  /users", "does not begin with `/`"),
        ("GET /users ", "white space"),
        ("GET /us\ters", "white space"),
        ("GET /users?x=1", "no query"),
        ("GET /users#x", "no query and no fragment"),
        ("GET /users/{id", "'{id' is malformed"),
        ("GET /users/{}", "'{}' is malformed"),
        ("GET /users/{i d}", "white space"),
        ("GET /users/x{id}", "'x{id}' is malformed. A parameter fills a whole segment"),
        ("GET /users/{1}", "malformed"),
        ("GET /users/a*", "'a*' is malformed. `*` fills a whole segment"),
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
