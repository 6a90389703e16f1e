"""Decoding: each content-encoding, whole, cut, corrupt, and as a bomb."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.decode import Decoded, TooLargeError, UndecodableError, decode, media_of, undo

BODY = b"hello, " * 100
ENCODED = {
    "gzip": gzip.compress(BODY, mtime=0),
    "x-gzip": gzip.compress(BODY[:50], mtime=0) + gzip.compress(BODY[50:], mtime=0),
    "deflate": zlib.compress(BODY),
    "br": brotli.compress(BODY),
    "zstd": zstandard.compress(BODY[:50]) + zstandard.compress(BODY[50:]),
}


@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        *ENCODED.items(),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("gzip", gzip.compress(BODY, mtime=0) + b"\0" * 8),
        ("identity", BODY),
    ],
)
def test_undone(coding: str, raw: bytes) -> None:
    """Each encoding comes back whole: several members, raw deflate, padding."""
    assert undo(coding, raw, len(BODY)) == BODY


@pytest.mark.parametrize("coding", ENCODED)
def test_limit(coding: str) -> None:
    """At the limit it passes, one byte less is too large."""
    assert len(undo(coding, ENCODED[coding], len(BODY))) == len(BODY)
    with pytest.raises(TooLargeError):
        undo(coding, ENCODED[coding], len(BODY) - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("cut", [1, 4, 9])
def test_cut(coding: str, cut: int) -> None:
    """A cut stream is never a short body."""
    raw = undo_ready(coding)
    with pytest.raises(UndecodableError):
        undo(coding, raw[:-cut], 10_000)


def undo_ready(coding: str) -> bytes:
    """Return one member of an encoding."""
    return {"zstd": zstandard.compress(BODY), "br": brotli.compress(BODY)}.get(coding, ENCODED[coding])


@pytest.mark.parametrize(
    ("coding", "raw", "reason"),
    [
        ("gzip", b"no gzip at all", "corrupt gzip"),
        ("deflate", b"no deflate", "corrupt deflate"),
        ("deflate", zlib.compress(BODY) + b"more", "data after the compressed stream"),
        ("br", b"\xff" * 30, "corrupt br"),
        ("zstd", b"no zstd at all", "corrupt zstd"),
        ("lzma", b"x", "unknown content-encoding 'lzma'"),
    ],
)
def test_corrupt(coding: str, raw: bytes, reason: str) -> None:
    """What cannot be undone says which encoding it claimed."""
    with pytest.raises(UndecodableError) as raised:
        undo(coding, raw, 10_000)
    assert str(raised.value) == reason


def test_bombs_stop_early() -> None:
    """A small body that would become huge is left at the limit."""
    for coding, raw in (
        ("gzip", gzip.compress(bytes(50_000_000), mtime=0)),
        ("br", brotli.compress(bytes(50_000_000), quality=1)),
        ("zstd", zstandard.compress(bytes(50_000_000))),
    ):
        with pytest.raises(TooLargeError, match="more than 1000 bytes"):
            undo(coding, raw, 1000)


@pytest.mark.parametrize(
    ("headers", "body", "want"),
    [
        ((), b"x", Decoded(data=b"x")),
        (
            ((b"Content-Type", b'Application/JSON; charset="UTF-8"'),),
            b"x",
            Decoded(data=b"x", media="application/json", charset="utf-8"),
        ),
        (((b"Content-Encoding", b"deflate, gzip"),), gzip.compress(zlib.compress(b"x"), mtime=0), Decoded(data=b"x")),
        (
            ((b"Content-Encoding", b"deflate"), (b"content-encoding", b"gzip")),
            gzip.compress(zlib.compress(b"x"), mtime=0),
            Decoded(data=b"x"),
        ),
        (((b"Content-Encoding", b"gzip"),), b"", Decoded(data=b"")),
    ],
)
def test_headers_say_how(headers: tuple[tuple[bytes, bytes], ...], body: bytes, want: Decoded) -> None:
    """Encodings are undone in reverse order; an empty body has none."""
    assert decode(headers, body, 1000) == want


def test_plain_bodies_are_bounded_too() -> None:
    """The limit holds without any encoding."""
    with pytest.raises(TooLargeError):
        decode((), b"xx", 1)


def test_endless_encodings() -> None:
    """A header that lists many encodings is refused."""
    with pytest.raises(UndecodableError, match="5 content-encodings"):
        decode(((b"content-encoding", b"gzip,gzip,gzip,gzip,gzip"),), b"x", 10)


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=200))
def test_any_bytes_end_in_a_known_way(coding: str, raw: bytes) -> None:
    """Nothing but the two errors escapes."""
    try:
        assert len(undo(coding, raw, 1000)) <= 1000
    except (UndecodableError, TooLargeError):
        pass


def test_media_of_nothing() -> None:
    """No header, no media."""
    assert media_of(()) == ("", "")
