"""Bytes that a client might send: requests from a table of sane and insane parts, damaged, pipelined, in pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n"

METHODS = [b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"DELETE", b"get", b"CONNECT", b"PRI", b"G ET", b"", b"BREW",
           b"GET\t", b"M-SEARCH", b"GE\x00T"]
TARGETS = [b"/", b"/a?b=c", b"http://other/x", b"*", b"/a b", b"//evil/", b"/%00%0d%0a", b"/\xc3\xa9", b"/a#b", b"a",
           b"", b"/" + b"x" * 3000, b"/a\x0bb", b"/a\tb", b"/\x7f", b"/a\\b", b"evil:443", b"/\r\nX: y"]
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.10", b"http/1.1", b"HTTP/11",
            b"HTTP/1.1 ", b"", b"HTTP/1.1 HTTP/1.1", b"ICE/1.0", b"RTSP/1.0"]
LENGTHS = [b"0", b"5", b"38", b"4", b"+5", b"-1", b"5, 5", b"5,6", b" 5", b"5 ", b"0x5", b"05", b"1e1", b"",
           b"18446744073709551621", b"5\x00", b"\xd9\xa5", b"5_0", b"99999999999999999999999", b"5\x0b"]
CODINGS = [b"chunked", b"Chunked", b"identity", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b" chunked",
           b"chunked ", b"xchunked", b"\x0bchunked", b"chunked;q=1", b"", b"chunked\x00", b"\tchunked", b"chunked,",
           b",chunked", b"chunke\xc3\xa4"]
FIELDS = [b"X-A: 1", b"X-A: 2", b"x-empty:", b"X-Tab:\tv\t", b"X-Latin: \xe9", b"Connection: close", b"Cookie: a=1",
          b"Connection: keep-alive, X-A", b"Connection: content-length", b"Connection: transfer-encoding, host",
          b"Expect: 100-continue", b"Expect: 200-ok", b"Upgrade: websocket\r\nConnection: upgrade", b"Upgrade: h2c",
          b"Via: 1.1 other", b"X-Forwarded-For: 1.2.3.4", b"TE: trailers", b"Trailer: X-T", b"Keep-Alive: timeout=5",
          b"X-Nul: a\x00b", b"X-Cr: a\rb", b"X-Lf: a\nb", b"X-Fold: a\r\n b", b"X-Fold: a\r\n\tb", b" X-Lead: 1",
          b"X-Space : 1", b"X Space: 1", b": no name", b"no colon", b"X-Bad(): 1", b"X-\xe9: 1",
          b"X-Long: " + b"y" * 9000,
          b"Transfer-Encoding : chunked", b"Content-Length : 5", b"Transfer_Encoding: chunked", b"Host : two",
          b"Content-Length\x00: 5", b"\x00: 1", b"X-Esc: \x1b[2J", b"X-Del: \x7f", b"Proxy-Connection: keep-alive",
          b"X-Crlf: a\r\n\r\n" + SMUGGLED, b"X-Cr-End: a\r", b"X-Lf-Cr: a\n\r"]
HOSTS = [b"Host: x", b"host: x:80", b"Host:", b"Host: a, b", b"Host: x\r\nHost: y", b"Host: a@b", b"Host: x/y",
         b"Host: \xe9", b"Host: a b", b"Host:x", b"X-None: 1"]
BODIES = [b"", b"hello", SMUGGLED, b"0\r\n\r\n" + SMUGGLED, b"x" * 5000]
CHUNKED = [b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n", b"05\r\nhello\r\n00\r\n\r\n",
           b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", b"5\nhello\n0\n\n", b"5\r\nhello0\r\n\r\n",
           b"5 \r\nhello\r\n0\r\n\r\n",
           b"0x5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
           b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
           b"5\r\nhello\r\n0\r\n" + SMUGGLED, b"26\r\n" + SMUGGLED + b"\r\n0\r\n\r\n", b"5\r\r\nhello\r\n0\r\n\r\n",
           b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n",
           b"5;\nhello\r\n0\r\n\r\n",
           b"5;" + b"e" * 3000 + b"\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n X-F: 1\r\n\r\n",
           b"5\r\nhello\r\n0\r\n\r"]
DAMAGE = [b"\r", b"\n", b"\r\n", b"\x00", b" ", b"\t", b":", b"0", b"\xff", b"\r\n\r\n", b"\x0b", b",", b"HTTP/1.1",
          b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", SMUGGLED]


def mostly(sane: bytes | list[bytes], table: list[bytes], odds: int = 5) -> st.SearchStrategy[bytes]:
    """Something sane, and once in a while anything of the table."""
    sane_ones = st.sampled_from(sane) if isinstance(sane, list) else st.just(sane)
    return st.integers(0, odds).flatmap(lambda n: sane_ones if n else st.sampled_from(table))


@st.composite
def one_request(draw: st.DrawFn) -> bytes:
    """One request, of which about one part in five is odd."""
    newline = draw(mostly(b"\r\n", [b"\n", b"\r", b"\r\r\n"], 20))
    line = b" ".join([
        draw(mostly([b"GET", b"POST"], METHODS)), draw(mostly(b"/a", TARGETS)), draw(mostly(b"HTTP/1.1", VERSIONS))
    ])
    fields = [draw(mostly(b"Host: x", HOSTS)), *draw(st.lists(st.sampled_from(FIELDS), max_size=2))]
    body = b""
    framing = draw(st.sampled_from(["none", "length", "chunked", "both", "lengths", "codings", "odd"]))
    if framing in ("length", "both", "lengths", "odd"):
        body = draw(st.sampled_from(BODIES))
        right = b"%d" % len(body)
        fields.append(b"Content-Length: " + (draw(st.sampled_from(LENGTHS)) if framing == "odd" else right))
        if framing == "lengths":
            fields.append(b"Content-Length: " + draw(mostly(right, LENGTHS, 1)))
    if framing in ("chunked", "both", "codings"):
        body = draw(mostly(CHUNKED[0], CHUNKED, 1))
        fields.append(b"Transfer-Encoding: " + draw(mostly(b"chunked", CODINGS, 2)))
        if framing == "codings":
            fields.append(b"Transfer-Encoding: " + draw(mostly(b"chunked", CODINGS, 2)))
    fields = draw(st.permutations(fields))
    return newline.join([line, *fields, b"", b""]) + body


@st.composite
def stream(draw: st.DrawFn) -> bytes:
    """One to three requests in a row, and some damage."""
    data = bytearray(b"".join(draw(st.lists(one_request(), min_size=1, max_size=3))))
    for _ in range(draw(mostly([b""], [b"1", b"22"], 2).map(len))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 3))
        data[at : at + cut] = draw(st.sampled_from([b"", *DAMAGE]))
    return bytes(data)


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """A stream, and where the network cuts it."""
    data = draw(stream())
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    edges = [0, *cuts, len(data)]
    return [data[a:b] for a, b in pairwise(edges) if b > a]


def each_part_alone() -> list[bytes]:
    """Every odd part in an otherwise plain request whose body looks like another request, and a plain one behind."""
    body = SMUGGLED
    length = b"Content-Length: %d" % len(body)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    after = b"GET /after HTTP/1.1\r\nHost: x\r\n\r\n"

    def request(*lines: bytes, line: bytes = b"POST /a HTTP/1.1", host: bytes = b"Host: x", body: bytes = b"") -> bytes:
        return b"\r\n".join([line, host, *lines, b"", b""]) + body + after

    return [
        *(request(line=method + b" /a HTTP/1.1") for method in METHODS),
        *(request(length, line=method + b" /a HTTP/1.1", body=body) for method in METHODS),
        *(request(line=b"GET " + target + b" HTTP/1.1") for target in TARGETS),
        *(request(line=b"OPTIONS " + target + b" HTTP/1.1") for target in TARGETS),
        *(request(length, line=b"POST /a " + version, body=body) for version in VERSIONS),
        *(request(host=host) for host in HOSTS),
        *(request(b"Content-Length: " + value, body=body) for value in LENGTHS),
        *(request(length, b"Content-Length: " + value, body=body) for value in LENGTHS),
        *(request(b"Transfer-Encoding: " + value, body=chunked) for value in CODINGS),
        *(request(length, b"Transfer-Encoding: " + value, body=body) for value in CODINGS),
        *(request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: " + value, body=chunked) for value in CODINGS),
        *(request(b"Transfer-Encoding: chunked", body=value) for value in CHUNKED),
        *(request(field) for field in FIELDS),
        *(request(field, length, body=body) for field in FIELDS),
        *(request(length, field, body=body) for field in FIELDS),
        *(request(field, b"Transfer-Encoding: chunked", body=chunked) for field in FIELDS),
        *(damage + request(length, body=body) for damage in DAMAGE),
    ]
