"""Who may ask the control API: by the name it was asked for and by token. Every refusal has one shape.

A browser that was lured to a page whose name resolves to this machine (DNS rebinding) sends that page's name as
Host; so names are checked, and addresses always pass, since nobody can rebind an address.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

log = logging.getLogger("shadow.control")


def refusal(status: int, message: str, remedy: str = "", **more: object) -> web.Response:
    """Return an error: `{"error": {"status", "message", "remedy"}}`, and what else belongs to it."""
    body = {"error": {"status": status, "message": message, "remedy": remedy, **more}}
    return web.json_response(body, status=status)


def is_own_name(host: str, names: frozenset[str]) -> bool:
    """Tell whether a Host header names this server: by address, by a loopback name or by one of `names`. Pure."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    bare = name.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare in names:
        return True
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def is_authorized(header: str, token: str) -> bool:
    """Tell whether an Authorization header carries the token; takes as long for a wrong one as for a near one."""
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def guard(token: str, names: frozenset[str]) -> Middleware:
    """Return the middleware of the control API: own name first, then the token."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_own_name(request.headers.get(hdrs.HOST, ""), names):
            return refusal(421, "this server does not answer to that host name.",
                           "Ask for it by address, or add the name to control.names.")
        if not is_authorized(request.headers.get(hdrs.AUTHORIZATION, ""), token):
            answer = refusal(401, "the bearer token is missing or wrong.",
                             "Send `Authorization: Bearer TOKEN`; it is control.token, or in <ledger>.token.")
            answer.headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="shadow"'
            return answer
        return await handler(request)

    return checked


@web.middleware
async def one_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into the one shape; a bug of ours is logged and told without its text."""
    try:
        answer = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        shaped = refusal(error.status, f"{error.reason}.", _REMEDIES.get(error.status, ""))
        if hdrs.ALLOW in error.headers:
            shaped.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return shaped
    except Exception:
        log.exception("the control API failed at %s", request.match_info.route.name or "a route")
        return refusal(500, "this is a bug in shadow.", "The traceback is in the log; please report it.")
    answer.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    return answer


_REMEDIES = {
    404: "The control API has /health, /health/ready, /metrics, /api/metrics, /api/metrics/reset, "
    "/api/mirror/pause, /api/mirror/resume and /report.",
    405: "See the Allow header.",
    413: "Nothing here takes a body.",
}
