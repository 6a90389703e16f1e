from __future__ import annotations

from typing import Any

import pytest

from shadow.identity.lessons import lessons_of

TOKEN = "eyJhbGciOi.abc.def"


def taught(places: Any, request: Any, response: Any, *, known: bool = False) -> dict[str, tuple[str, object]]:
    return {where: (one.kind, one.value) for where, one in lessons_of(places, request, response, known=known).items()}


def test_a_created_resource(places: Any, ask: Any, reply: Any) -> None:
    body = {"id": 17, "number": "A-17", "customer_id": 3, "customer": {"id": 3}, "lines": [{"id": 5, "product_id": 9}]}
    answer = reply(201, body, ("Location", "/orders/17"), ("ETag", '"v1"'))
    found = lessons_of(places(), ask("POST /orders", {}), answer, known=False)
    assert {where: (one.kind, one.value) for where, one in found.items()} == {
        "header:location[1]": ("order", "17"),
        "header:etag": ("etag:/orders/17", '"v1"'),
        "body:$.id": ("order", 17),
        "body:$.number": ("order#", "A-17"),
        "body:$.lines[0].id": ("line", 5),
    }
    assert [where for where, one in found.items() if one.own] == ["header:location[1]", "body:$.id"]
    assert [where for where, one in found.items() if one.volatile] == ["header:etag"]
    assert [where for where, one in found.items() if one.soft] == ["body:$.number"]


@pytest.mark.parametrize(("line", "status"), [("GET /orders/17", 200), ("POST /orders", 404), ("POST /orders", 500)])
def test_what_was_not_created_teaches_no_ids(places: Any, ask: Any, reply: Any, line: str, status: int) -> None:
    assert taught(places(), ask(line), reply(status, {"id": 17, "lines": [{"id": 5}]})) == {}


def test_below_what_is_known_ids_are_learnt(places: Any, ask: Any, reply: Any) -> None:
    found = taught(places(), ask("GET /orders/17"), reply(200, {"lines": [{"id": 5}]}), known=True)
    assert found == {"body:$.lines[0].id": ("line", 5)}


def test_a_login(places: Any, ask: Any, reply: Any) -> None:
    cookies = (("Set-Cookie", "sid=abc; Path=/"), ("Set-Cookie", "gone=; Max-Age=0"))
    body = {"access_token": TOKEN, "token_type": "bearer", "user": {"id": 3}, "session": "open"}
    answer = reply(200, body, *cookies, ("X-CSRF-Token", "a1b2c3d4"))
    assert taught(places(), ask("POST /login", {}), answer) == {
        "header:cookie:sid": ("cookie:sid", "abc"),
        "header:x-csrf-token": ("x-csrf-token", "a1b2c3d4"),
        "body:$.access_token": ("access_token", TOKEN),
    }


def test_a_form(places: Any, ask: Any, reply: Any) -> None:
    import msgspec

    page = b'<input type="hidden" name="csrfmiddlewaretoken" value="q8w7e6r5"><input name="token" value="next">'
    answer = msgspec.structs.replace(reply(200), headers=((b"Content-Type", b"text/html"),), body=page)
    assert taught(places(), ask("GET /login"), answer) == {
        "markup:csrfmiddlewaretoken": ("csrfmiddlewaretoken", "q8w7e6r5")
    }


def test_only_what_is_declared(places: Any, ask: Any, reply: Any) -> None:
    declared = places(
        "{learn: declared, values: ["
        " {kind: order, learn: [POST /checkout $.receipt.nr, POST /checkout header:location]},"
        " {kind: sid, learn: ['POST /checkout header:set-cookie.sid', 'POST /checkout header:x-key']},"
        " {kind: tag, learn: ['GET /orders/{id} header:etag']}]}"
    )
    headers = (("Location", "/o/17?x=1"), ("Set-Cookie", "sid=abc; Path=/"), ("Set-Cookie", "other=1"), ("X-Key", "k"))
    answer = reply(200, {"id": 9, "receipt": {"nr": 17}}, *headers)
    assert taught(declared, ask("POST /checkout", {}), answer) == {
        "body:$.receipt.nr": ("order", 17),
        "header:location": ("order", "17"),
        "header:cookie:sid": ("cookie:sid", "abc"),
        "header:x-key": ("sid", "k"),
    }
    assert taught(declared, ask("POST /orders", {}), answer) == {}
    assert taught(declared, ask("POST /checkout", {}), reply(500, {"receipt": {"nr": 17}})) == {}
    assert taught(declared, ask("GET /orders/7"), reply(200, None, ("ETag", '"a"'))) == {
        "header:etag": ("etag:/orders/7", '"a"')
    }


def test_secrets_are_in_no_repr(places: Any, ask: Any, reply: Any) -> None:
    found = lessons_of(places(), ask("POST /login", {}), reply(200, {"access_token": TOKEN}), known=False)
    assert repr(found) == "{'body:$.access_token': <Lesson access_token>}"


def test_lessons_are_bounded(places: Any, ask: Any, reply: Any) -> None:
    body = {"id": "x" * 5000, "lines": [{"id": n} for n in range(3000)]}
    found = taught(places(), ask("POST /orders", {}), reply(201, body))
    assert len(found) <= 1000
    assert "body:$.id" not in found
