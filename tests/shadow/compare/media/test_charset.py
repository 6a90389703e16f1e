"""Which charset a text is in."""

from __future__ import annotations

import pytest

from shadow.bodies.decode import Decoded, UndecodableError
from shadow.compare.media.charset import text_of


@pytest.mark.parametrize(
    ("data", "media", "charset", "want"),
    [
        ("é".encode(), "", "", "é"),
        ("é".encode("latin-1"), "", "", "é"),
        ("é".encode("cp1251", "replace"), "", "cp1251", "?"),
        (b"\xef\xbb\xbf\xc3\xa9", "", "latin-1", "é"),
        ("é".encode("utf-16"), "", "", "é"),
        (b"\xff\xfe\x00\x00" + "é".encode("utf-32-le"), "", "", "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "", "utf-8", "é"),
        (b"<meta charset='windows-1251'>\xe9", "text/html", "", "<meta charset='windows-1251'>й"),
        (b'<meta http-equiv=x content="text/html; charset=koi8-r">\xe9', "text/html", "",
         '<meta http-equiv=x content="text/html; charset=koi8-r">И'),
        (b"<meta charset='windows-1251'>\xe9", "text/plain", "", "<meta charset='windows-1251'>é"),
    ],
)  # fmt: skip
def test_text(data: bytes, media: str, charset: str, want: str) -> None:
    """A mark before the header, the header before the document, the document before a guess."""
    assert text_of(Decoded(data=data, media=media, charset=charset)) == want


@pytest.mark.parametrize(
    ("data", "charset", "why"),
    [
        (b"a", "klingon", "unknown charset 'klingon'"),
        (b"a", "base64", "unknown charset"),
        (b"\xff", "utf-8", "not utf-8"),
    ],
)
def test_wrong(data: bytes, charset: str, why: str) -> None:
    """What is declared holds."""
    with pytest.raises(UndecodableError, match=why):
        text_of(Decoded(data=data, charset=charset))
