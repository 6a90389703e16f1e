"""Contradictions that types cannot see. Pure: no file, no socket, no clock is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from shadow.config.document import Path
from shadow.config.model import Config, LegTls
from shadow.validation.control import control_problems
from shadow.validation.governance import list_key_problems, redact_problems, rule_problems, unordered_problems
from shadow.validation.identity import identity_problems
from shadow.validation.judgement import gate_problems, verify_problems
from shadow.validation.mapping import mapping_problems
from shadow.validation.notices import notify_problems
from shadow.validation.problem import Problem, repeated
from shadow.validation.reasking import reask_problems
from shadow.validation.template import fault_in, same_requests
from shadow.wire.address import Address, parse_listen, parse_url

_CLIENT_KEY = re.compile(r"(cookie|header|bearer):[^\s:,;=]+")
_THIS_HOST = ("localhost", "127.0.0.1", "::1")
# Signs of life come every quarter of a second and are looked at every half; a busy machine delays both.
LEAST_HANG_S = 2.0
_EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def contradictions(config: Config) -> tuple[Problem, ...]:
    """Return every contradiction in a configuration, grouped by section."""
    found = [*_leg_problems(config), *_bound_problems(config), *_route_problems(config)]
    found += [*rule_problems(config.compare.rules), *unordered_problems(config.compare.unordered)]
    found += list_key_problems(config.compare.list_keys)
    if config.compare.protobuf.messages and not config.compare.protobuf.descriptors:
        found.append(
            Problem(
                path=("compare", "protobuf", "messages"),
                message="cannot be read: nothing describes them.",
                remedy="Name a descriptor set in compare.protobuf.descriptors.",
            )
        )
    found += redact_problems(config.redact)
    found += [*mapping_problems(config.mapping), *identity_problems(config)]
    if config.verify is not None:
        found += verify_problems(config.verify)
    found += gate_problems(config.gate)
    found += reask_problems(config)
    found += control_problems(config)
    found += notify_problems(config.notify)
    if config.client_key and not _CLIENT_KEY.fullmatch(config.client_key):
        found.append(
            Problem(
                path=("client_key",),
                message="is not a way to tell clients apart.",
                remedy="Write cookie:NAME, header:NAME or bearer:CLAIM, or remove it to take the connection.",
            )
        )
    for path, text in ((("ledger", "path"), config.ledger.path), (("out",), config.out)):
        if not text.strip():
            found.append(Problem(path=path, message="is empty.", remedy="Give a path, or remove the key."))
    found += _tls_problems(config)
    return tuple(found)


def _url_fault(url: str) -> tuple[str, str] | None:
    """Return why a leg cannot be reached by this URL and the remedy, or None."""
    example = "Write it as http://host:port, https://host:port or unix:/path."
    if url.startswith("unix:"):
        return _socket_fault(url, parse_url)
    try:
        parts = urlsplit(url)
        if "://" not in url or parts.scheme not in ("http", "https"):
            return "is not an http:// or https:// URL.", example
        if parts.username is not None or parts.password is not None:
            return "carries a user or password, which no leg sends.", "Remove them; clients' headers pass through."
        if "?" in url or "#" in url:
            return "carries a query or a fragment, which no leg sends.", "Remove it."
        if any(not character.isprintable() or character.isspace() for character in url):
            return "contains white space.", example
        address = parse_url(url)
    except ValueError:
        return "is not a URL with a host and a port up to 65535.", example
    if parts.port == 0:
        return "has port 0, to which nothing can be sent.", example
    if not address.host.isascii():
        return "has a host name that is not ASCII.", "Write it in punycode: xn--…"
    return None


def _socket_fault(text: str, parse: Callable[[str], Address]) -> tuple[str, str] | None:
    try:
        address = parse(text)
    except ValueError:
        return "is not a unix socket.", "Write unix: and an absolute path of at most 107 bytes, without colons."
    if any(not character.isprintable() or character.isspace() for character in text) or not address.prefix.isascii():
        return "contains white space.", "Name a path without any."
    if address.prefix and not address.prefix.startswith("/"):
        return "has a path prefix that does not begin with a slash.", "Write it as unix:/path:/prefix."
    return None


def _tls_problems(config: Config) -> Iterator[Problem]:
    for name in ("primary", "candidate", "secondary"):
        leg = getattr(config, name)
        if leg is None:
            continue
        tls = leg.tls
        if tls != LegTls() and not leg.url.startswith("https://"):
            yield Problem(
                path=(name, "tls"),
                message=f"is never used: {name}.url is not https.",
                remedy="Write https:// there, or remove it.",
            )
        elif tls.key and not tls.certificate:
            yield Problem(path=(name, "tls", "key"), message="belongs to no certificate.", remedy="Name that, too.")
        elif tls.ca and not tls.verify:
            yield Problem(
                path=(name, "tls", "ca"), message="is never used: verify is false.", remedy="Remove one of the two."
            )
    if config.tls is not None and not config.tls.certificate.strip():
        yield Problem(path=("tls", "certificate"), message="is empty.", remedy="Name a PEM file, or remove tls.")


def _leg_problems(config: Config) -> Iterator[Problem]:
    legs: dict[str, Address] = {}
    for name in ("primary", "candidate", "secondary"):
        leg = getattr(config, name)
        if leg is None:
            continue
        if fault := _url_fault(leg.url):
            yield Problem(path=(name, "url"), message=fault[0], remedy=fault[1])
        else:
            legs[name] = parse_url(leg.url)
    try:
        listen = parse_listen(config.listen)
    except ValueError:
        yield Problem(
            path=("listen",),
            message="is not an address to listen on.",
            remedy="Write host:port with a port up to 65535, such as 127.0.0.1:8080 or 0.0.0.0:8080, or unix:/path.",
        )
    else:
        for name, address in legs.items():
            if _reaches(address, listen):
                yield Problem(
                    path=(name, "url"),
                    message=f"is the address that shadow listens on ({config.listen}): requests would go in circles.",
                    remedy=f"Name the address of the {name} itself.",
                )
    yield from _same_legs(config, legs)


def _same_legs(config: Config, legs: dict[str, Address]) -> Iterator[Problem]:
    places = {name: (_host(one.host), one.port, one.path, one.prefix) for name, one in legs.items()}
    for other in ("primary", "secondary"):
        if "candidate" in places and places["candidate"] == places.get(other):
            yield Problem(
                path=("candidate", "url"),
                message=f"is the {other}'s address: a backend compared with itself always agrees.",
                remedy="Name the new backend; to measure noise, name a second copy of the old one as secondary.",
            )
    itself = "secondary" in places and places["secondary"] == places.get("primary")
    if itself and config.secondary is not None and config.secondary.store == "own":
        yield Problem(
            path=("secondary", "store"),
            message="cannot be `own`: the secondary is the primary itself, and writes would happen twice.",
            remedy="Say `store: shared`, or name a copy with a database of its own.",
        )


def _host(host: str) -> str:
    return "localhost" if host.lower() in _THIS_HOST else host.lower()


def _reaches(address: Address, listen: Address) -> bool:
    if address.path or listen.path:
        return address.path == listen.path
    if address.port != listen.port:
        return False
    ours = listen.host.lower()
    local = address.host.lower() in (*_THIS_HOST, *_EVERY_INTERFACE)
    return _host(address.host) == _host(ours) or (local and ours in _EVERY_INTERFACE)


def _bound_problems(config: Config) -> Iterator[Problem]:
    mirror, compare = config.mirror, config.compare
    if mirror.tee_bytes < mirror.max_body_bytes:
        yield Problem(
            path=("mirror", "tee_bytes"),
            message=f"is less than mirror.max_body_bytes ({mirror.max_body_bytes}): "
            "an exchange of that size could never be handed on.",
            remedy="Raise it to several times max_body_bytes, or lower max_body_bytes.",
            against=("mirror", "max_body_bytes"),
        )
    if 0 < mirror.hang_s < LEAST_HANG_S:
        yield Problem(
            path=("mirror", "hang_s"),
            message="kills processes that are merely busy.",
            remedy=f"Raise it to {LEAST_HANG_S:g} or more, or write 0 to kill none.",
        )
    if compare.max_decoded_bytes < mirror.max_body_bytes:
        yield Problem(
            path=("compare", "max_decoded_bytes"),
            message=f"is less than mirror.max_body_bytes ({mirror.max_body_bytes}): "
            "bodies would be copied and never compared.",
            remedy="Raise it to at least max_body_bytes, or lower max_body_bytes.",
            against=("mirror", "max_body_bytes"),
        )
    for name in ("candidate", "secondary"):
        leg = getattr(config, name)
        if leg is not None and leg.backoff_most_s < leg.backoff_first_s:
            yield Problem(
                path=(name, "backoff_most_s"),
                message=f"is less than {name}.backoff_first_s ({leg.backoff_first_s:g}).",
                remedy="Raise it, or lower backoff_first_s.",
                against=(name, "backoff_first_s"),
            )
    if mirror.max_header_bytes == 0:
        yield Problem(
            path=("mirror", "max_header_bytes"), message="refuses every request.", remedy="Use 64KiB or so."
        )


def _route_problems(config: Config) -> Iterator[Problem]:
    own = config.candidate.store == "own"
    for index, first in repeated(same_requests(route.endpoint) for route in config.routes):
        yield Problem(
            path=("routes", index, "endpoint"),
            message=f"is the same endpoint as routes[{first}].",
            remedy="Merge the two: only one of them can decide.",
        )
    for index, route in enumerate(config.routes):
        path: Path = ("routes", index)
        if fault := fault_in(route.endpoint):
            yield Problem(path=(*path, "endpoint"), message=fault[0], remedy=fault[1])
        if route.mirror == "writes" and not own:
            yield Problem(
                path=(*path, "mirror"),
                message="asks for writes, but the candidate has no database of its own.",
                remedy="Declare candidate.store: own if it has one; else its writes would reach the primary's.",
            )
        if route.mirror == "never" and route.sample_ratio is not None:
            yield Problem(
                path=(*path, "sample_ratio"),
                message="samples a route that is never mirrored.",
                remedy="Remove sample_ratio, or `mirror: never`.",
            )
        if route.mirror == "never" and route.rate_per_s is not None:
            yield Problem(
                path=(*path, "rate_per_s"),
                message="limits a route that is never mirrored.",
                remedy="Remove rate_per_s, or `mirror: never`.",
            )
        if route.burst is not None and route.rate_per_s is None:
            yield Problem(
                path=(*path, "burst"),
                message="is a burst without a rate.",
                remedy="Give rate_per_s, or remove burst.",
            )
