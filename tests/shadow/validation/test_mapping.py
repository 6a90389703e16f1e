from __future__ import annotations

from collections.abc import Callable

import pytest

from shadow.config import Config, masked


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("{endpoint: GET x, path: /y}", "shadow.yaml:6: mapping[0].endpoint = 'GET x': cannot be read"),
        ("{endpoint: GET /x}", "shadow.yaml:6: mapping[0]: changes nothing."),
        ("{endpoint: 'GET /x/{id}', path: '/y/{nr}'}",
         "shadow.yaml:6: mapping[0].path = '/y/{nr}': cannot be read: {nr} does not occur in /x/{id}."),
        ("{endpoint: GET /x, method: get}", "mapping[0].method = 'get': is not a method. Did you mean 'GET'?"),
        ("{endpoint: HEAD /x, method: GET}", "only HEAD can be asked as HEAD"),
        ("{endpoint: GET /x, query: {drop: [a], rename: {a: b}}}", "leaves out 'a', which is changed, too."),
        ("{endpoint: GET /x, query: {rename: {a: c, b: c}}}", "gives 'c' to two fields."),
        ("{endpoint: GET /x, headers: {set: {Content-Length: '5'}}}", "frames the message"),
        ("{endpoint: GET /x, headers: {set: {X-A: \"a\\r\\nb\"}}}", "is not the value of a header."),
        ("{endpoint: GET /x, headers: {rename: {X-A: 'b c'}}}", "is not the name of a header."),
        ("{endpoint: GET /x, answer: {headers: {drop: ['']}}}", "mapping[0].answer.headers.drop[0]"),
        ("{endpoint: GET /x, answer: {body: [{path: $.a}]}}",
         "mapping[0].answer.body[0]: cannot be done: it changes nothing"),
        ("{endpoint: GET /x, answer: {status: {2xx: 200}}}", "are not two final statuses."),
        ("{endpoint: GET /x, answer: {body: [{path: $.a, convert: int}]}}", "Did you mean 'integer'?"),
        ("{endpoint: GET /x, answer: {bodies: []}}", "Did you mean 'body'?"),
    ],
)  # fmt: skip
def test_refusals(refusal: Callable[..., str], mapping: str, said: str) -> None:
    assert said in refusal(f"mapping:\n  - {mapping}\n")


def test_the_same_requests_twice(refusal: Callable[..., str]) -> None:
    text = "mapping:\n  - {endpoint: 'GET /x/{a}', path: /y}\n  - {endpoint: 'GET /x/{b}', path: /z}\n"
    assert refusal(text).startswith("shadow.yaml:7: mapping[1].endpoint")


def test_secrets_that_are_set_are_not_shown(accepted: Callable[..., Config]) -> None:
    config = accepted(
        "mapping:\n  - endpoint: GET /x\n    headers: {set: {X-Api-Key: hush, X-Version: '2'}}\n"
        "    query: {set: {token: hush}}\n"
    )
    shown = masked(config)["mapping"][0]
    assert shown["headers"]["set"] == {"X-Api-Key": "***", "X-Version": "2"}
    assert shown["query"]["set"] == {"token": "***"}
