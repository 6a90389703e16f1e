from __future__ import annotations

import pytest

BASE = "primary: {{url: {primary}}}\ncandidate: {{url: {candidate}, store: {store}}}\n"


def text(primary="http://old:9001", candidate="http://new:9002", store="shared") -> str:
    return BASE.format(primary=primary, candidate=candidate, store=store)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("unix:new.sock", "is not a unix socket."),
        ("unix:", "is not a unix socket."),
        ("unix:/a b", "contains white space."),
        ("unix:/a:v2", "has a path prefix that does not begin with a slash."),
        ("new:9002", "is not an http:// or https:// URL."),
        ("ftp://new", "is not an http:// or https:// URL."),
        ("''", "is not an http:// or https:// URL."),
        ("http://", "is not a URL with a host"),
        ("http://:9002", "is not a URL with a host"),
        ("http://new:0", "has port 0"),
        ("http://new:65536", "is not a URL with a host and a port up to 65535."),
        ("http://new:nine", "is not a URL with a host"),
        ("http://u@new", "carries a user or password"),
        ("http://u:pw@new", "carries a user or password"),
        ("http://new/?a=1", "carries a query or a fragment"),
        ("http://new?", "carries a query or a fragment"),
        ("http://new/#x", "carries a query or a fragment"),
        ("'http://n ew'", "contains white space"),
        ("http://[::1", "is not a URL with a host"),
        ("http://nëw", "has a host name that is not ASCII."),
    ],
)
@pytest.mark.parametrize("leg", ["primary", "candidate"])
def test_a_leg_that_cannot_be_called(refusal, leg: str, url: str, part: str) -> None:
    said = refusal(text="\n" + text(**{leg: url if url[0] == "'" else f"'{url}'"}))
    assert said.startswith(f"shadow.yaml:{2 if leg == 'primary' else 3}: {leg}.url")
    assert part in said
    assert "pw" not in said


@pytest.mark.parametrize(
    "url",
    ["http://new", "http://new:65535", "http://new/v2", "http://[::1]:9002", "http://10.0.0.1:1", "https://new",
     "HTTPS://new:9002/v2", "unix:/run/new.sock", "unix:/run/new.sock:/v2"],
)
def test_a_leg_that_can_be_called(accepted, url: str) -> None:
    assert accepted(text=text(candidate=f"'{url}'")).candidate.url == url


@pytest.mark.parametrize("listen", ["8080", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x", "''"])
def test_listen_addresses_that_are_none(refusal, listen: str) -> None:
    said = refusal(f"listen: {listen!r}\n" if listen != "''" else "listen: ''\n")
    assert said.startswith("shadow.yaml:5: listen")
    assert "is not an address to listen on." in said


@pytest.mark.parametrize("listen", ["127.0.0.1:65535", "0.0.0.0:1", ":8080", "'[::1]:8080'", "127.0.0.1:0"])
def test_listen_addresses(accepted, listen: str) -> None:
    assert accepted(f"listen: {listen}\n").listen == listen.strip("'")


@pytest.mark.parametrize(
    ("listen", "url", "loops"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("127.0.0.1:8080", "http://localhost:8080", True),
        ("0.0.0.0:8080", "http://127.0.0.1:8080", True),
        (":8080", "http://LOCALHOST:8080/v2", True),
        ("'[::]:8080'", "'http://[::1]:8080'", True),
        ("127.0.0.1:80", "http://localhost", True),
        ("10.0.0.1:8080", "http://10.0.0.1:8080", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8081", False),
        ("127.0.0.1:8080", "http://10.0.0.1:8080", False),
        ("0.0.0.0:8080", "http://elsewhere:8080", False),
        ("10.0.0.1:8080", "http://127.0.0.1:8080", False),
    ],
)
@pytest.mark.parametrize("leg", ["primary", "candidate"])
def test_loops(refusal, accepted, leg: str, listen: str, url: str, loops: bool) -> None:
    whole = text(**{leg: url}) + f"listen: {listen}\n"
    if not loops:
        accepted(text=whole)
        return
    said = refusal(text=whole)
    assert f"{leg}.url" in said
    assert "requests would go in circles" in said


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://localhost:9001", True),
        ("http://LOCALHOST:9001/", True),
        ("http://localhost:9001/v2", False),
        ("http://localhost:9003", False),
    ],
)
def test_a_backend_is_not_compared_with_itself(refusal, accepted, url: str, same: bool) -> None:
    whole = text(primary="http://127.0.0.1:9001", candidate=url)
    if same:
        assert "a backend compared with itself always agrees" in refusal(text=whole)
    else:
        accepted(text=whole)


def test_the_secondary(refusal, accepted) -> None:
    assert accepted("secondary: {url: http://old:9001}\n").secondary.url == "http://old:9001"
    said = refusal("secondary: {url: http://old:9001, store: own}\n")
    assert said.startswith("shadow.yaml:5: secondary.store = 'own': cannot be `own`")
    assert "is the secondary's address" in refusal("secondary: {url: http://new:9002}\n")
    assert accepted("secondary: {url: http://old2:9001, store: own}\n").secondary.store == "own"


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        (
            "mirror: {tee_bytes: 9, max_body_bytes: 10}",
            "mirror.tee_bytes = '9': is less than mirror.max_body_bytes (10)",
        ),
        ("mirror: {hang_s: 1.9}", "mirror.hang_s = '1.9': kills processes that are merely busy."),
        ("mirror: {max_header_bytes: 0}", "mirror.max_header_bytes = '0': refuses every request."),
        (
            "mirror: {max_body_bytes: 17MiB}",
            "compare.max_decoded_bytes: is less than mirror.max_body_bytes (17825792)",
        ),
        ("out: ''", "out: is empty."),
        ("client_key: cookie", "client_key = 'cookie': is not a way to tell clients apart."),
        ("ledger: {path: ' '}", "ledger.path = ' ': is empty."),
        (
            "routes: [{endpoint: POST /x, mirror: writes}]",
            "routes[0].mirror = 'writes': asks for writes, but the candidate",
        ),
        (
            "routes: [{endpoint: GET /x, mirror: never, sample_ratio: 0.5}]",
            "routes[0].sample_ratio = '0.5': samples a",
        ),
        (
            "routes: [{endpoint: GETT /x}]",
            "routes[0].endpoint = 'GETT /x': 'GETT' is not a method. Did you mean 'GET'?",
        ),
        (
            "routes: [{endpoint: 'GET /o/{id}'}, {endpoint: 'GET /p'}, {endpoint: 'GET /o/{number}'}]",
            "routes[2].endpoint = 'GET /o/{number}': is the same endpoint as routes[0].",
        ),
    ],
)
def test_contradictions(refusal, extra: str, part: str) -> None:
    said = refusal(f"{extra}\n")
    assert said.startswith("shadow.yaml:5: ")
    assert part in said


@pytest.mark.parametrize(
    "extra",
    [
        "mirror: {tee_bytes: 10, max_body_bytes: 10}",
        "mirror: {max_body_bytes: 16MiB}",
        "routes: [{endpoint: GET /x, mirror: never}, {endpoint: POST /x, mirror: read_only, sample_ratio: 0}]",
        "routes: [{endpoint: GET /x}, {endpoint: HEAD /x}, {endpoint: '* /x/*'}]",
    ],
)
def test_no_contradiction(accepted, extra: str) -> None:
    accepted(f"{extra}\n")


def test_writes_need_a_candidate_with_its_own_store(accepted, refusal) -> None:
    writes = "routes: [{endpoint: POST /x, mirror: writes}]\n"
    assert accepted(text=text(store="own") + writes).routes[0].mirror == "writes"
    said = refusal(text=text() + "secondary: {url: http://old2, store: own}\n" + writes)
    assert "the candidate has no database of its own" in said


def test_of_several_contradictions_the_first_in_the_file_is_named(refusal) -> None:
    assert refusal("out: ''\nledger: {path: ''}\n").startswith("shadow.yaml:5: out")
    assert refusal("ledger: {path: ''}\nout: ''\n").startswith("shadow.yaml:5: ledger.path")


@pytest.mark.parametrize(
    ("tls", "part"),
    [
        ("primary: {url: 'http://old', tls: {verify: false}}", "2: primary.tls: is never used: primary.url is not"),
        ("primary: {url: 'https://old', tls: {key: k.pem}}", "2: primary.tls.key = 'k.pem': belongs to no"),
        ("primary: {url: 'https://old', tls: {ca: c, verify: false}}", "2: primary.tls.ca = 'c': is never used"),
        ("primary: {url: 'https://old', tls: {verify: 'no'}}", "2: primary.tls.verify = 'no': true or false was"),
        ("primary: {url: 'http://old'}\ntls: {certificate: ''}", "3: tls.certificate: is empty."),
        ("primary: {url: 'http://old'}\ntls: {key: k}", "3: tls: the key 'certificate' is missing."),
        ("primary: {url: 'unix:/run/a'}\nlisten: unix:/run/a", "2: primary.url = 'unix:/run/a': is the address that"),
        ("primary: {url: 'unix:/run/a'}\nlisten: unix:a", "3: listen = 'unix:a': is not an address to listen on."),
    ],
)
def test_tls_and_sockets_that_cannot_work(refusal, tls: str, part: str) -> None:
    said = refusal(text=f"candidate: {{url: 'http://new'}}\n{tls}\n")
    assert said.startswith(f"shadow.yaml:{part}"), said


@pytest.mark.parametrize(
    "tls",
    [
        "primary: {url: 'https://old', tls: {ca: c.pem, certificate: a.pem, key: k.pem, server_name: old.example}}",
        "primary: {url: 'https://old', tls: {verify: false}}",
        "primary: {url: 'http://old'}\ntls: {certificate: a.pem, key: k.pem, client_ca: c.pem}",
        "primary: {url: 'unix:/run/a'}\nlisten: unix:/run/b",
    ],
)
def test_tls_and_sockets_that_can(accepted, tls: str) -> None:
    accepted(text=f"candidate: {{url: 'http://new'}}\n{tls}\n")


def test_messages_that_nothing_describes(refusal) -> None:
    said = refusal(text="\n" + text() + "compare:\n  protobuf:\n    messages: {'*': shop.Order}\n")
    assert said.startswith("shadow.yaml:6: compare.protobuf.messages")
    assert "Name a descriptor set in compare.protobuf.descriptors." in said
