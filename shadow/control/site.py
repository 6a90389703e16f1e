"""The routes. Both addresses share the handlers; only the control API's have a guard before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiohttp import hdrs, web

from shadow.clock import Clock
from shadow.control.guard import guard, one_shape, refusal
from shadow.control.health import lifeless, unready
from shadow.control.metrics import Metrics
from shadow.control.moment import Moment
from shadow.control.summary import Window
from shadow.control.view import View
from shadow.errors import ShadowError
from shadow.records import Leg

MOST_BODY_BYTES = 1024


class Page(Protocol):
    """Renders the live report."""

    async def html(self) -> bytes:
        """Return the page. Raises ShadowError with the reason where it cannot be rendered."""


class Site:
    """Answers from the view and the moment; asks the supervisor to pause."""

    def __init__(
        self,
        view: View,
        look: Callable[[], Moment],
        *,
        metrics: Metrics,
        page: Page,
        pause: Callable[[bool], None],
        clock: Clock,
    ) -> None:
        self._view = view
        self._look = look
        self._metrics = metrics
        self._page = page
        self._pause = pause
        self._clock = clock
        self._window = Window(view, clock.now())

    def probes(self) -> web.Application:
        """The routes for anyone: health and metrics."""
        app = web.Application(middlewares=[one_shape], client_max_size=MOST_BODY_BYTES)
        app.add_routes([
            web.get("/health", self._health),
            web.get("/health/ready", self._ready),
            web.get("/metrics", self._scrape),
        ])
        return app

    def api(self, token: str, names: frozenset[str]) -> web.Application:
        """All routes, behind name and token."""
        app = web.Application(middlewares=[one_shape, guard(token, names)], client_max_size=MOST_BODY_BYTES)
        app.add_routes([
            web.get("/health", self._health),
            web.get("/health/ready", self._ready),
            web.get("/metrics", self._scrape),
            web.get("/api/metrics", self._summary),
            web.post("/api/metrics/reset", self._reset),
            web.post("/api/mirror/pause", self._pause_mirror),
            web.post("/api/mirror/resume", self._resume_mirror),
            web.get("/report", self._report),
        ])
        return app

    async def _health(self, request: web.Request) -> web.Response:
        reasons = lifeless(self._look())
        if reasons:
            return refusal(503, "a listener stands still: clients may be waiting.", "Restart the mirror.",
                           reasons=reasons)
        return web.json_response({"status": "alive"})

    async def _ready(self, request: web.Request) -> web.Response:
        reasons = unready(self._look())
        if reasons:
            return refusal(503, "the mirror is not ready; live traffic is not concerned.",
                           "See the reasons.", reasons=reasons)
        return web.json_response({"status": "ready", "paused": self._view.paused})

    async def _scrape(self, request: web.Request) -> web.Response:
        body, content_type = await self._metrics.render(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    async def _summary(self, request: web.Request) -> web.Response:
        asked = request.query.get("leg", "")
        if not asked:
            return web.json_response(self._window.summary(self._clock.now()))
        if asked not in self._view.legs:
            return refusal(404, "there is no such leg.", f"Legs: {', '.join(self._view.legs)}.")
        return web.json_response(self._window.of_leg(Leg(asked), self._clock.now()))

    async def _reset(self, request: web.Request) -> web.Response:
        await _bounded(request)
        self._window.reset(self._clock.now())
        return web.json_response(self._window.summary(self._clock.now()))

    async def _pause_mirror(self, request: web.Request) -> web.Response:
        return await self._set_paused(request, True)

    async def _resume_mirror(self, request: web.Request) -> web.Response:
        return await self._set_paused(request, False)

    async def _set_paused(self, request: web.Request, paused: bool) -> web.Response:
        await _bounded(request)
        try:
            self._pause(paused)
        except OSError as error:
            return refusal(503, f"the supervisor cannot be reached ({error.strerror}).",
                           "Send it SIGUSR1, which pauses or resumes too.")
        # The supervisor tells the listeners; the view follows when it has told the keeper.
        return web.json_response({"paused": paused}, status=202)

    async def _report(self, request: web.Request) -> web.Response:
        try:
            body = await self._page.html()
        except ShadowError as error:
            return refusal(503, error.message, error.remedy)
        return web.Response(body=body, content_type="text/html", charset="utf-8")


async def _bounded(request: web.Request) -> None:
    """Read what came along, so that an endless body is refused; nothing here wants one."""
    await request.read()
