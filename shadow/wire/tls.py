"""TLS contexts for both sides; HTTP/1.1 is what we offer and accept (ALPN)."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable

from shadow.errors import EnvironmentFailure

_ALPN = ["http/1.1"]


def server_context(certificate: str, key: str = "", client_ca: str = "") -> ssl.SSLContext:
    """Return the context of a listener; with `client_ca` clients must show a certificate of that authority.

    Raises EnvironmentFailure naming the file and the remedy.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_chain(context, certificate, key)
    if client_ca:
        _load_authority(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(_ALPN)
    return context


def client_context(ca: str = "", certificate: str = "", key: str = "", *, verify: bool = True) -> ssl.SSLContext:
    """Return the context for a leg: its certificate is verified against `ca`, or the system's authorities.

    Raises EnvironmentFailure naming the file and the remedy.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca:
        _load_authority(context, ca)
    else:
        context.load_default_certs()
    if certificate:
        _load_chain(context, certificate, key)
    context.set_alpn_protocols(_ALPN)
    return context


def stamp(paths: Iterable[str]) -> tuple[tuple[int, int, int], ...]:
    """Return what changes when one of the files does; a file that is away for a moment counts as changed."""
    found = []
    for path in paths:
        try:
            facts = os.stat(path)
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((facts.st_ino, facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _load_chain(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        # An encrypted key would ask at the terminal for its pass phrase.
        context.load_cert_chain(certificate, key or None, password="")
    except (OSError, ValueError) as error:
        files = f"{certificate} and {key}" if key else certificate
        raise EnvironmentFailure(
            f"certificate and key cannot be loaded from {files} ({_why(error)}).",
            "Give PEM files that exist, belong together and are not encrypted.",
        ) from error


def _load_authority(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as error:
        raise EnvironmentFailure(
            f"no certificate authority can be loaded from {path} ({_why(error)}).", "Give a PEM file that exists."
        ) from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not PEM").replace("_", " ").lower()
    return (getattr(error, "strerror", None) or str(error)).lower()
