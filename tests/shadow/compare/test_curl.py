"""The curl command: what a shell makes of it is what was recorded."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.compare.curl import curl_for, placeholders
from shadow.records import Message

FLAGS = ["curl", "-sS", "--globoff", "--path-as-is", "--compressed"]


@pytest.mark.parametrize(
    ("message", "want"),
    [
        (Message(start="GET /a?b=[1]"), ["--url", "http://h:1/a?b=[1]"]),
        (Message(start="HEAD /a"), ["--head", "--url", "http://h:1/a"]),
        (
            Message(start="POST /a", body="@file 'x'"),
            ["-X", "POST", "--data-raw", "@file 'x'", "--url", "http://h:1/a"],
        ),
        (
            Message(
                start="GET /a", headers=(("Accept", "*/*"), ("X-Empty", ""), ("Content-Length", "5"), ("@b c", "x"))
            ),
            ["-H", "Accept: */*", "-H", "X-Empty;", "--url", "http://h:1/a"],
        ),
        (
            Message(start="GET /a?token=‹token:3f9a1c20›", headers=(("Authorization", "Bearer ‹bearer:00aa11bb›"),)),
            [
                "-H",
                "Authorization: Bearer REDACTED_BEARER_00AA11BB",
                "--url",
                "http://h:1/a?token=REDACTED_TOKEN_3F9A1C20",
            ],
        ),
        (Message(start="GET /a", headers=(("X", "a\r\nb"),)), ["-H", "X: ab", "--url", "http://h:1/a"]),
    ],
)
def test_words(message: Message, want: list[str]) -> None:
    """Read back as a shell reads it."""
    assert shlex.split(curl_for(message, "http://h:1/")) == FLAGS + want


@pytest.mark.parametrize(
    ("message", "remark"),
    [
        (Message(start="POST /a", body="{", cut=True), "  # the body was shortened"),
        (Message(start="POST /a", body="[4 bytes, sha256 00ff]"), "  # the body is not text"),
    ],
)
def test_remarks(message: Message, remark: str) -> None:
    """A body that is not there is said."""
    command = curl_for(message, "http://h")
    assert command.endswith(remark) and "--data-raw" not in command


@given(st.text(), st.text(max_size=30), st.text(max_size=30))
def test_nothing_escapes_the_quotes(body: str, value: str, target: str) -> None:
    """Whatever stands in the request stays one argument."""
    message = Message(start=f"POST /{target}", headers=(("X-A", value),), body=body)
    words = shlex.split(curl_for(message, "http://h"))
    assert words[:7] == [*FLAGS, "-X", "POST"] and words[-2] == "--url"
    if body and "--data-raw" in words:
        assert words[words.index("--data-raw") + 1] == placeholders(body).replace("\0", "")
