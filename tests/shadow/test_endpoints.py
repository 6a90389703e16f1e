"""Endpoints: tables of targets and templates, and the properties that keep keys bounded and pure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.model import Config, Endpoints, Primary, Route, ShadowLeg
from shadow.endpoints import VERSION, EndpointMap, build_endpoint_map
from shadow.endpoints.map import MAX_ENDPOINT_CHARS
from shadow.endpoints.template import Template, TemplateIndex, compile_template
from shadow.errors import ConfigError

OPENAPI = """
openapi: 3.0.0
servers: [{url: "https://api.example.com/v1"}]
paths:
  /users/{name}:
    get: {}
    delete: {}
    parameters: []
  /users/me: {get: {}}
"""


def build(*routes: Route | str, openapi: str = "", max_segments: int = 8) -> EndpointMap:
    """Return a map for the given routes."""
    config = Config(
        primary=Primary(url="http://old"),
        candidate=ShadowLeg(url="http://new"),
        routes=tuple(Route(endpoint=r) if isinstance(r, str) else r for r in routes),
        endpoints=Endpoints(openapi=openapi, max_segments=max_segments),
    )
    return build_endpoint_map(config)


@pytest.mark.parametrize(
    ("target", "want"),
    [
        (b"/", "GET /"),
        (b"/orders", "GET /orders"),
        (b"/orders?id=7", "GET /orders"),
        (b"/orders/7", "GET /orders/{id}"),
        (b"/orders/-7/lines/12", "GET /orders/{id}/lines/{id}"),
        (b"//orders//7/", "GET /orders/{id}"),
        (b"/o/550e8400-e29b-41d4-a716-446655440000", "GET /o/{id}"),
        (b"/o/550E8400E29B41D4A716446655440000", "GET /o/{id}"),
        (b"/c/3f9a1c2b", "GET /c/{id}"),
        (b"/c/3f9a1c2", "GET /c/{id}"),  # seven characters, but four digits
        (b"/c/deadbeef", "GET /c/deadbeef"),  # no digit: a word until sixteen
        (b"/c/deadbeefdeadbeef", "GET /c/deadbeefdeadbeef"),
        (b"/u/01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET /u/{id}"),
        (b"/t/dGhpcyBpcyBhIHRva2Vu1Q", "GET /t/{id}"),
        (b"/d/2026-01-31", "GET /d/{id}"),
        (b"/d/2026-01", "GET /d/{id}"),
        (b"/s/ORD-2024-00123", "GET /s/{id}"),
        (b"/v1/oauth2/s3/utf8", "GET /v1/oauth2/s3/utf8"),
        (b"/a/caf%C3%A9", "GET /a/{id}"),
        (b"/a/bob@example.com", "GET /a/{id}"),
        (b"/a/" + b"x" * 40, "GET /a/" + "x" * 40),
        (b"/a/" + b"x" * 41, "GET /a/{id}"),
        (b"/a/b/c/d/e/f/g/h", "GET /a/b/c/d/e/f/g/h"),
        (b"/a/b/c/d/e/f/g/h/i", "GET _other"),
        (b"*", "GET _other"),
        (b"", "GET _other"),
        (b"/a/../b", "GET _other"),
        (b"/a/%2e%2E/b", "GET _other"),
        (b"/a/b%2Fc", "GET _other"),
        (b"http://h:1/orders/8?x", "GET /orders/{id}"),
        (b"\xff\x00/orders", "GET _other"),
        (b"/\xff\x00", "GET /{id}"),
    ],
)
def test_fixed_patterns(target: bytes, want: str) -> None:
    """Values become {id}, words stay, what cannot be told safely is _other."""
    assert build().endpoint("GET", target) == want


@pytest.mark.parametrize(("method", "want"), [("PATCH", "PATCH /a"), ("get", "_OTHER /a"), ("BREW", "_OTHER /a")])
def test_methods(method: str, want: str) -> None:
    """Methods are case-sensitive; unknown ones share a name."""
    assert build().endpoint(method, b"/a") == want


def test_most_specific_route_wins() -> None:
    """Literal before pattern before parameter before wildcard, a named method before any."""
    routes = ("GET /files/*", "GET /files/{name}", "GET /files/{n}.json", "GET /files/index", "* /files/index")
    endpoints = build(*routes)
    wanted = {
        b"/files/index": "GET /files/index",
        b"/files/a.json": "GET /files/{n}.json",
        b"/files/a": "GET /files/{name}",
        b"/files/a/b": "GET /files/*",
        b"/files": "GET /files",
    }
    assert {target: endpoints.endpoint("GET", target) for target in wanted} == wanted
    assert endpoints.endpoint("POST", b"/files/index") == "POST /files/index"


def test_route_gives_the_policy() -> None:
    """The route is found by method and path, encoded or not; other methods have none."""
    search = Route(endpoint="POST /search/*", mirror="read_only")
    endpoints = build(search, Route(endpoint="* /admin/*", mirror="never"))
    assert endpoints.route("POST", b"/search/x?y") is search
    assert endpoints.route("POST", b"/%73earch/x") is search
    assert endpoints.route("GET", b"/search/x") is None
    assert endpoints.route("POST", b"/other") is None


@pytest.mark.parametrize("target", [b"/search/../orders", b"/search/..%2forders", b"/search/%252e%252e/orders"])
def test_no_path_trick_gains_a_permission(target: bytes) -> None:
    """A path that a backend may resolve to another one matches no route that allows."""
    endpoints = build(Route(endpoint="POST /search/*", mirror="writes"))
    assert endpoints.route("POST", target) is None


@pytest.mark.parametrize(
    "target", [b"/x/../admin/y", b"/admin/y%2fz", b"/x/%2e%2e/admin/y", b"http://h/x/../admin/y"]
)
def test_no_path_trick_escapes_a_prohibition(target: bytes) -> None:
    """A route that forbids holds for whatever a backend may make of the path."""
    never = Route(endpoint="* /admin/*", mirror="never")
    assert build(never).route("GET", target) is never


def test_openapi_names_endpoints(tmp_path: Path) -> None:
    """Templates carry the server's path, match any method, and are expected for the documented ones."""
    path = tmp_path / "api.yaml"
    path.write_text(OPENAPI)
    endpoints = build("GET /health", Route(endpoint="* /v1/internal/*", mirror="never"), openapi=str(path))
    assert endpoints.endpoint("GET", b"/v1/users/bob") == "GET /v1/users/{name}"
    assert endpoints.endpoint("GET", b"/v1/users/me") == "GET /v1/users/me"
    assert endpoints.endpoint("HEAD", b"/v1/users/bob") == "HEAD /v1/users/{name}"
    assert endpoints.endpoint("GET", b"/users/bob") == "GET /users/bob"
    assert endpoints.expected() == (
        "DELETE /v1/users/{name}",
        "GET /health",
        "GET /v1/users/me",
        "GET /v1/users/{name}",
    )


def test_expected_leaves_out_what_a_route_covers(tmp_path: Path) -> None:
    """Routes come first: what they name or forbid is not expected a second time under the document's name."""
    path = tmp_path / "api.json"
    path.write_text('{"swagger": "2.0", "basePath": "/v1", "paths": {"/a/{x}": {"get": {}}, "/b": {"get": {}}}}')
    endpoints = build("GET /v1/a/{id}", Route(endpoint="GET /v1/b", mirror="never"), "* /c", openapi=str(path))
    assert endpoints.expected() == ("GET /v1/a/{id}",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not usable: Input data was truncated"),
        ("a: [", "is not usable: while parsing"),
        ("a: 1", "is not usable: it has no 'paths'"),
        ("paths: {}", "is not usable: 'paths' names no operation"),
        ("paths: {a: {get: {}}}", "is not usable: a path template starts with /"),
        ("paths: {/a: 3}", "is not usable: path '/a' is not a mapping"),
    ],
)
def test_unusable_openapi(tmp_path: Path, content: str | None, message: str) -> None:
    """A document that cannot be used is named, with what to do."""
    path = tmp_path / "api.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as raised:
        build(openapi=str(path))
    assert message in raised.value.message and str(path) in raised.value.message
    assert raised.value.remedy.startswith("Point endpoints.openapi")


@pytest.mark.parametrize("route", ["/orders", "GET orders", "GET /a/*/b", "GET /a?x", "GET /a/{x", "FETCH /a", ""])
def test_unusable_routes(route: str) -> None:
    """A route that cannot be read is an error, never a route that silently matches nothing."""
    with pytest.raises(ConfigError, match="routes: "):
        build(route)


@given(st.text(max_size=10), st.binary(max_size=400))
def test_any_target_has_a_bounded_endpoint(method: str, target: bytes) -> None:
    """Never raises, bounded, printable, independent of the query and of what was asked before."""
    endpoints = build("GET /a/*")
    name = endpoints.endpoint(method, target)
    assert 0 < len(name) <= MAX_ENDPOINT_CHARS and name.isprintable()
    assert endpoints.endpoint(method, target.split(b"?")[0] + b"?x=1") == name
    assert build("GET /a/*").endpoint(method, target) == name


def test_a_route_named_twice() -> None:
    """Two policies for one endpoint contradict each other."""
    with pytest.raises(ConfigError, match="'GET /a' is named twice"):
        build("GET /a", Route(endpoint="GET /a", mirror="never"))


TEMPLATES = [
    compile_template("GET", path)
    for path in ("/", "/*", "/a", "/{x}", "/a/*", "/a/{x}", "/{x}/b", "/{x}.json/b", "/a/b", "/a/{x}/c/*", "/b/{x}")
]


@given(
    st.lists(st.sampled_from(TEMPLATES), unique=True),
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "d.json"]), max_size=5).map(tuple), max_size=5),
)
def test_the_index_hides_no_template(templates: list[Template], paths: list[tuple[str, ...]]) -> None:
    """It finds what a look at all templates finds, in the same order, whatever was asked before."""
    index = TemplateIndex(templates)
    for path in paths:
        want = [each for each in sorted(templates, key=lambda t: t.specificity) if each.matches(path)]
        assert [each for each in index.candidates(path) if each.matches(path)] == want


def test_many_paths_do_not_grow_the_memory() -> None:
    """The cache is bounded, in entries and in bytes of a key."""
    endpoints = build()
    for at in range(10_000):
        endpoints.endpoint("GET", b"/a/%d" % at)
    endpoints.endpoint("GET", b"/" + b"x" * 100_000)
    assert len(endpoints._cache) <= 4096
    assert max(len(path) for _, path in endpoints._cache) < 300


def test_version_is_pinned() -> None:
    """Changing what a path is called needs another version, because ledgers merge by these names."""
    assert (VERSION, EndpointMap.version, repr(build())) == (1, 1, "EndpointMap(version=1, routes=0, documented=0)")


def test_loads_nothing_heavy() -> None:
    """The listener imports this module."""
    code = (
        "import sys, shadow.endpoints; "
        "print([m for m in ('deepdiff', 'pandas', 'numpy', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
