from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.export.curl import NEW_BASE, OLD_BASE, curl_command
from shadow.records import Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def words(request: Message, base: str = "http://old") -> list[str]:
    return shlex.split(curl_command(request, base).replace("\\\n", " "))


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (Message(start="GET /a?b=1"), ["curl", "--include", "http://old/a?b=1"]),
        (Message(start="HEAD /a"), ["curl", "--include", "--head", "http://old/a"]),
        (Message(start="POST /a", body="it's"),
         ["curl", "--include", "--request", "POST", "http://old/a", "--data-raw", "it's"]),
        (Message(start="GET /a", headers=(("X-A", "1"), ("x-empty", ""))),
         ["curl", "--include", "http://old/a", "--header", "X-A: 1", "--header", "x-empty;"]),
        (Message(start="GET /a[1]{2}"), ["curl", "--include", "--globoff", "http://old/a[1]{2}"]),
        (Message(start="GET /a/../b"), ["curl", "--include", "--path-as-is", "http://old/a/../b"]),
        (Message(start="GET @evil.example/"), ["curl", "--include", "http://old/@evil.example/"]),
        (Message(start="OPTIONS *"),
         ["curl", "--include", "--request", "OPTIONS", "http://old/", "--request-target", "*"]),
        (Message(start="POST /a", body="@/etc/passwd"),
         ["curl", "--include", "--request", "POST", "http://old/a", "--data-raw", "@/etc/passwd"]),
        (Message(start="GET /a", headers=(("@/etc/passwd", "1"), ("bad name", "1"), ("Host", "old"), ("Via", "1.1 x"),
                                          ("X-Forwarded-For", "1.2.3.4"), ("Content-Length", "3"))),
         ["curl", "--include", "http://old/a"]),
    ],
)  # fmt: skip
def test_commands(request_: Message, found: list[str]) -> None:
    assert words(request_) == found


def test_placeholders_and_layout() -> None:
    request = Message(start="GET /a", headers=(("authorization", "Bearer ‹bearer:9b02c4f1›"),))
    assert curl_command(request, OLD_BASE) == (
        "curl --include '<old-base-url>/a' \\\n  --header 'authorization: Bearer ‹bearer:9b02c4f1›'"
    )
    assert "'<new-base-url>/a'" in curl_command(request, NEW_BASE)


@given(TEXT, TEXT, TEXT, TEXT)
def test_text_from_outside_stays_one_word_each(method: str, target: str, value: str, body: str) -> None:
    found = words(Message(start=f"{method.split(' ')[0]} /{target}", headers=(("x-a", value),), body=body))
    assert found[0] == "curl"
    assert sum(word.startswith("http://old/") for word in found) == 1
    assert len(found) <= 12


def test_a_real_shell_sees_the_same_words() -> None:
    hostile = "'; echo pwned; '$(id)`id`\\\n\"!"
    command = curl_command(Message(start="GET /a", headers=(("x-a", hostile),), body=hostile), OLD_BASE)
    script = "curl() { printf '%s\\0' \"$@\"; }\n" + command
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0")[:-1] == [
        "--include", "<old-base-url>/a", "--header", f"x-a: {hostile.replace(chr(10), ' ')}", "--data-raw", hostile,
    ]  # fmt: skip
