"""URLs without secrets, for tasks that travel to other machines, and how a worker there comes by the secrets.

A password never leaves this process: neither the scheduler nor a log of it holds one. A worker finds it as any client
of the database would (PGPASSFILE, ~/.pgpass, PGPASSWORD), or has the whole URL in SHADOW_VERIFY_OLD or
SHADOW_VERIFY_NEW.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shadow.errors import StoreError

VARIABLES = {"old": "SHADOW_VERIFY_OLD", "new": "SHADOW_VERIFY_NEW"}
"""Where a worker may have the whole URL of a side."""

_SECRET = frozenset(
    {"password", "sslpassword", "passfile", "tlscertificatekeyfilepassword", "authmechanismproperties"}
)
"""Parts of a query that are secrets, or places of them on this machine, in lower case."""


def without_secrets(url: str) -> tuple[str, bool]:
    """Return a database's URL without password, and whether it had one."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url, False
    user, at, hosts = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True)]
    kept = [(key, value) for key, value in query if key.lower() not in _SECRET]
    stripped = bool(colon) or len(kept) < len(query)
    if not stripped:
        return url, False
    return urlunsplit((parts.scheme, f"{name}{at}{hosts}", parts.path, urlencode(kept), "")), True


def url_here(side: str, url: str, *, is_stripped: bool) -> str:
    """Return the URL by which a worker opens a side. Raises StoreError where its variable names another store, or
    where a password is needed and there is none."""
    own = os.environ.get(VARIABLES[side], "")
    if own:
        if _place(own) != _place(url):
            raise StoreError(
                f"{VARIABLES[side]} of a worker names another store than the run's {side} one.",
                "Set it to the same host and database, with the password.",
            )
        return own
    if is_stripped and urlsplit(url).scheme.startswith("mongodb"):
        raise StoreError(
            f"A worker has no password for the {side} store.",
            f"Set {VARIABLES[side]} to the whole URL on every worker; a password is never sent to one.",
        )
    return url


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2], parts.path
