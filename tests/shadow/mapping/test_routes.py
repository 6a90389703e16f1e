from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mapping.routes import RouteMap


@pytest.mark.parametrize(
    ("old", "new", "target", "found"),
    [
        ("/api/auth/*", "/v2/auth/*", b"/api/auth/me?x=1", b"/v2/auth/me"),
        ("/api/auth/*", "/v2/auth/*", b"/api/auth/a/b%2Dc/", b"/v2/auth/a/b%2Dc/"),
        ("/api/auth/*", "/v2/auth/*", b"/api/auth", None),
        ("/users/{id}/posts/{post}", "/posts/{post}/by/{id}", b"/users/7/posts/a%20b", b"/posts/a%20b/by/7"),
        ("/users/{id}", "/v2/users/{id}/", b"/users/7", b"/v2/users/7/"),
        ("/users/{id}", "/v2/users/{id}", b"/users/7/", b"/v2/users/7/"),
        ("/users/{id}", "/v2/user", b"/users/7", b"/v2/user"),
        ("/reports/{name}.csv", "/v2/reports/{name}/csv", b"/reports/q%C3%BC.csv", b"/v2/reports/q%C3%BC/csv"),
        ("/users/{id}", "/u-{id}.json", b"/users/7", b"/u-7.json"),
        ("/users/{id}", "/v2/{id}", b"/users/%2e%2e", None),  # a backend may read it as another path
        ("/users/{id}", "/v2/{id}", b"/users/a%2Fb", None),
        ("/users/{id}", "/v2/{id}", b"//users//7", b"/v2/7"),
        ("/*", "/v2/*", b"/", None),
        ("/", "/v2", b"/", b"/v2/"),
    ],
)
def test_paths(old: str, new: str, target: bytes, found: bytes | None) -> None:
    assert RouteMap("*", old, new).path(target) == found


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("/a/{id}", "/b/{x}", r"\{x\} does not occur in /a/\{id\}"),
        ("/a", "/b/*", "`\\*` does not occur"),
        ("/a/{id}", "/b/{id}/{id}", "twice"),
        ("/a", "b", "begins with /"),
        ("/a", "/b?c=1", "no query"),
        ("/a", "/b c", "no query, space"),
        ("/a", "/b\r\nX: 1", "no query, space"),
        ("/a", "/b/%zz", "no query, space"),
        ("/a", "/ü", "no query, space"),
        ("/a", "/../b", "no dot segments"),
        ("/a", "/b/*/c", r"\* may only stand at the end"),
    ],
)
def test_refusals(old: str, new: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        RouteMap("GET", old, new)


def test_the_way_back_is_known_where_nothing_is_left_out() -> None:
    assert RouteMap("*", "/a/{id}/*", "/b/{id}/*").keeps_everything
    assert not RouteMap("*", "/a/{id}/*", "/b/{id}").keeps_everything


SEGMENT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#/"), max_size=12)


@given(st.lists(SEGMENT, max_size=5), st.sampled_from(["/v2/*", "/x/y/*", "/%41/*"]))
def test_any_target_stays_a_valid_path_with_its_segments(segments: list[str], new: str) -> None:
    target = ("/api/" + "/".join(segments)).encode("ascii")
    found = RouteMap("*", "/api/*", new).path(target)
    if found is not None:
        assert re.fullmatch(rb"/[!-~]+", found)
        assert b"?" not in found
        # Percent-encoding is as it was: what came is what goes.
        assert found.endswith(b"/".join(s.encode() for s in segments if s) + (b"/" if target.endswith(b"/") else b""))


@given(SEGMENT, SEGMENT)
def test_there_and_back_again(user: str, post: str) -> None:
    there, back = "/users/{id}/p/{post}", "/v2/{post}-of/{id}"
    target = f"/users/{user}/p/{post}".encode()
    found = RouteMap("*", there, back).path(target)
    if found is not None:
        again = RouteMap("*", back, there).path(found)
        assert again is None or again.rpartition(b"/p/")[0] == f"/users/{user}".encode()
