"""A curl command for one leg, built from a redacted request; text from outside stays data for shell and curl."""

from __future__ import annotations

import re
import shlex

from shadow.records import Message
from shadow.visible import visible

OLD_BASE = "<old-base-url>"
NEW_BASE = "<new-base-url>"
MAX_BODY = 2000
MAX_TARGET = 1000

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
# curl sets these itself, or they belong to the connection the proxy had.
_OWN = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "via"})


def curl_command(request: Message, base_url: str) -> str:
    """The command that repeats `request` against `base_url`, quoted for a POSIX shell, one option a line.

    Secrets are the placeholders that redaction left. A cut body is cut here too; the page says so.
    """
    method, _, target = request.start.partition(" ")
    target = visible(target[:MAX_TARGET]).replace("\n", "").replace("\t", "")
    parts = ["curl --include"]
    if target == "*":
        parts.append("--request-target '*'")
        target = "/"
    # Without the slash a target such as `@host/` would turn the base URL into a user name.
    url = base_url + (target if target.startswith("/") else f"/{target}")
    if set(target) & set("[]{}"):
        parts[0] += " --globoff"
    if "/." in target:
        parts[0] += " --path-as-is"
    if method == "HEAD":
        parts[0] += " --head"
    elif method != "GET":
        parts[0] += f" --request {shlex.quote(visible(method[:40]))}"
    parts[0] += f" {shlex.quote(url)}"
    parts += [f"--header {shlex.quote(_header(name, value))}" for name, value in request.headers if is_sent(name)]
    if request.body:
        parts.append(f"--data-raw {shlex.quote(visible(request.body[:MAX_BODY]))}")
    return " \\\n  ".join(parts)


def is_sent(name: str) -> bool:
    """Whether a header belongs to the request rather than to the connection that it came over."""
    lowered = name.lower()
    return bool(_TOKEN.fullmatch(name)) and lowered not in _OWN and not lowered.startswith("x-forwarded-")


def _header(name: str, value: str) -> str:
    shown = visible(value[:500]).replace("\n", " ").replace("\t", " ")
    return f"{name}: {shown}" if shown else f"{name};"  # curl: `name:` removes a header, `name;` sends it empty
