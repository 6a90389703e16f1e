from __future__ import annotations

from shadow.identity.jar import Jars, set_cookies

NONE = ()


def sent(jars: Jars, *keys: str, cookie: bytes = b"") -> bytes:
    headers = ((b"Host", b"h"), *(((b"cookie", cookie),) if cookie else ()))
    return dict(jars.fill(headers, keys)).get(b"Cookie", b"")


def test_a_client_s_cookies_are_sent_back() -> None:
    jars = Jars(10)
    jars.keep(["ann"], "shard", "7")
    assert sent(jars, "ann", cookie=b"sid=A") == b"sid=A; shard=7"
    assert sent(jars, "ann") == b"shard=7"
    assert sent(jars, "ann", cookie=b"shard=1") == b""  # what the client sends itself stays
    assert sent(jars, "bob") == b""
    jars.keep(["ann"], "shard", "")
    assert sent(jars, "ann") == b""


def test_a_client_that_logs_in_keeps_its_jar() -> None:
    jars = Jars(10)
    jars.keep(["connection"], "shard", "7")
    jars.follow(["connection", "session"])
    assert sent(jars, "session") == b"shard=7"
    jars.follow(["nobody", "else"])
    assert sent(jars, "else") == b""


def test_bounds() -> None:
    jars = Jars(3)
    for n in range(10):
        jars.keep([str(n)], "a", "b")
    assert repr(jars) == "<Jars 3>"
    for n in range(100):
        jars.keep(["9"], f"c{n}", "x")
    jars.keep(["9"], "long", "x" * 5000)
    assert sent(jars, "9").count(b"=") == 50


def test_what_an_answer_leaves() -> None:
    values = (b"a=1; Path=/", b"b=2; max-age=0", b"c=3; Max-Age = 0", b"junk", b"d=")
    headers = tuple((b"Set-Cookie", value) for value in values)
    assert set_cookies(headers) == {"a": "1", "b": "", "c": "", "d": ""}
