"""URLs and listen addresses."""

from __future__ import annotations

import pytest

from shadow.wire.address import Address, parse_listen, parse_url


@pytest.mark.parametrize(
    ("url", "address", "text"),
    [
        ("http://a", Address(host="a", port=80), "a:80"),
        ("http://a:81/", Address(host="a", port=81), "a:81"),
        ("http://a:81/v2/", Address(host="a", port=81, prefix="/v2"), "a:81"),
        ("http://[::1]:81", Address(host="::1", port=81), "[::1]:81"),
        ("https://a", Address(host="a", port=443, tls=True), "a:443"),
        ("https://a:81/v2", Address(host="a", port=81, prefix="/v2", tls=True), "a:81"),
        ("unix:/run/a.sock", Address(path="/run/a.sock"), "unix:/run/a.sock"),
        ("unix:/run/a.sock:/v2/", Address(path="/run/a.sock", prefix="/v2"), "unix:/run/a.sock"),
    ],
)
def test_url(url: str, address: Address, text: str) -> None:
    assert parse_url(url) == address
    assert str(parse_url(url)) == text


@pytest.mark.parametrize(
    "url",
    ["a:80", "http://", "", "unix:", "unix:a", "unix:/" + 107 * "a", "ftp://a", "http://a:99999", "http://a:x"],
)
def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_url(url)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address(host="127.0.0.1", port=80)),
        ("[::1]:8080", Address(host="::1", port=8080)),
        (":8080", Address(host="0.0.0.0", port=8080)),
        ("a:0", Address(host="a", port=0)),
        ("unix:/run/a.sock", Address(path="/run/a.sock")),
    ],
)
def test_listen(text: str, address: Address) -> None:
    assert parse_listen(text) == address


@pytest.mark.parametrize("text", ["80", "a", "a:", "a:x", "a:65536", "a:-1", ""])
def test_a_bad_listen_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        parse_listen(text)
