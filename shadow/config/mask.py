"""What may be shown of a configuration: everything but secrets and the passwords in URLs."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from shadow.config.document import Path
from shadow.config.model import Config
from shadow.redact_words import SECRET_HEADERS, SECRET_NAMES, SECRET_SUFFIXES

MASK = "***"
SECRETS: frozenset[Path] = frozenset({("redact", "key"), ("control", "token")})
# The last @ of the authority ends the userinfo, so a password may contain one; `user:` stays readable.
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#:@\s]*)(?::[^/?#\s]*)?@")
_QUERY_SECRET = re.compile(r"(?i)([?&](?:[\w.-]*(?:password|passwd|pwd|secret|token|key))=)[^&#\s]*")


def masked_text(path: Path, text: str) -> str:
    """Return `text` as it may be shown for `path`: `***` for a secret, passwords in URLs replaced.

    References such as `${NAME}` name no secret and stay.
    """
    if path in SECRETS or _is_channel_url(path) or _is_secret_set(path):
        return text if re.fullmatch(r"\$\{\w+\}", text) or not text else MASK
    text = _USERINFO.sub(lambda m: f"{m['scheme']}{m['user'] and m['user'] + ':'}{MASK}@", text)
    return _QUERY_SECRET.sub(rf"\1{MASK}", text)


def _is_channel_url(path: Path) -> bool:
    """The secret of a webhook is its path, of a chat service the host: all of it is masked."""
    return path[:2] == ("notify", "channels") and path[-1] == "url"


def _is_secret_set(path: Path) -> bool:
    """Whether a mapping sets a field or a header here whose name tells a secret."""
    if len(path) < 4 or path[0] != "mapping" or path[-2] != "set":
        return False
    name = str(path[-1]).lower()
    plain = re.sub(r"[^a-z0-9]", "", name)
    return name in SECRET_HEADERS or plain in SECRET_NAMES or plain.endswith(SECRET_SUFFIXES)


def masked(config: Config) -> dict[str, Any]:
    """Return the effective configuration as plain values, defaults included, secrets and URL passwords masked."""
    result = _mask(msgspec.to_builtins(config), ())
    assert isinstance(result, dict)
    return result


def _mask(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _mask(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(item, (*path, index)) for index, item in enumerate(value)]
    if isinstance(value, str):
        return masked_text(path, value)
    return value


def config_digest(config: Config) -> str:
    """Return the SHA-256 (hex) of the effective configuration.

    Taken after masking: the digest reveals no secret, and a rotated password does not look like another
    configuration. The redaction key has an id of its own in the ledger. Equal settings, whether written or left
    at their defaults, have equal digests.
    """
    return hashlib.sha256(msgspec.json.encode(masked(config), order="deterministic")).hexdigest()
