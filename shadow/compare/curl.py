"""A curl command for a leg, from a redacted request: safe to paste into a shell, secrets as placeholders."""

from __future__ import annotations

import re
import shlex

from shadow.records import Message
from shadow.redact import MARK

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_LEFT_OUT = frozenset(("content-length", "accept-encoding", "expect", "transfer-encoding", "connection"))


def curl_for(message: Message, base_url: str) -> str:
    """Return the command that sends `message` to `base_url`; secrets appear as `REDACTED_TOKEN_3f9a1c20`.

    Cannot see: bytes of a body that was shortened or is not text; the command then says so behind a `#`.
    """
    method, _, target = message.start.partition(" ")
    url = base_url.rstrip("/") + placeholders(target if target.startswith("/") else "/" + target)
    words = ["curl", "-sS", "--globoff", "--path-as-is", "--compressed"]
    words += ["--head"] if method == "HEAD" else ["-X", _one_line(method)] if method != "GET" else []
    for name, value in message.headers:
        if _TOKEN.match(name) and name.lower() not in _LEFT_OUT:
            text = _one_line(placeholders(value))
            words += ["-H", f"{name}: {text}" if text else f"{name};"]
    remark = ""
    if message.cut:
        remark = "  # the body was shortened"
    elif message.body.startswith("[") and message.body.endswith("]") and ", sha256 " in message.body:
        remark = "  # the body is not text"
    elif message.body:
        # --data-raw takes no file names, whatever the body begins with.
        words += ["--data-raw", placeholders(message.body).replace("\0", "")]
    words += ["--url", _one_line(url)]
    return " ".join(map(shlex.quote, words)) + remark


def placeholders(text: str) -> str:
    """Return text with the marks of secrets as plain words that survive shells, URLs and headers."""
    return MARK.sub(lambda mark: "REDACTED_" + re.sub(r"[^A-Z0-9]", "_", mark[0].strip("‹›").upper()), text)


def _one_line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())
