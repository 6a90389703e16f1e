"""The two addresses. One that is busy costs a warning and is tried again: the mirror matters more than its gauges."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from shadow.config.model import Config
from shadow.control.addresses import Addresses, addresses_path
from shadow.control.site import Site
from shadow.control.token import load_token
from shadow.errors import EnvironmentFailure
from shadow.wire.address import Address, parse_listen

RETRY_S = 5.0
MOST_HEAD_BYTES = 8190

log = logging.getLogger("shadow.control")


class ControlServer:
    """Serves a site until cancelled."""

    def __init__(self, config: Config, site: Site, *, retry_s: float = RETRY_S) -> None:
        self._config = config
        self._site = site
        self._retry_s = retry_s
        self._bound: dict[str, str] = {}
        self.opened = asyncio.Event()

    @property
    def addresses(self) -> Addresses:
        """What is bound so far."""
        return Addresses(**self._bound)

    async def run(self) -> None:
        """Bind what is configured, again and again where it is busy. Nothing here ends the process."""
        control = self._config.control
        try:
            async with asyncio.TaskGroup() as tasks:
                if control.probes:
                    tasks.create_task(self._serve("probes", control.probes, self._site.probes()), name="probes")
                if control.api:
                    try:
                        token = load_token(self._config)
                    except EnvironmentFailure as error:
                        log.error("there is no control API: %s", error)
                    else:
                        names = frozenset(name.lower() for name in control.names)
                        names |= {parse_listen(control.api).host.lower()}
                        app = self._site.api(token, names)
                        tasks.create_task(self._serve("api", control.api, app), name="control API")
        finally:
            addresses_path(self._config).unlink(missing_ok=True)

    async def _serve(self, name: str, text: str, app: web.Application) -> None:
        async with _running(app) as runner:
            warned = False
            while True:
                try:
                    bound = await _bind(runner, parse_listen(text))
                except OSError as error:
                    if not warned:
                        log.warning("control.%s cannot listen on %s (%s); the mirror runs without it, and it is "
                                    "tried again", name, text, error.strerror)
                    warned = True
                    await asyncio.sleep(self._retry_s)
                    continue
                self._bound[name] = str(bound)
                log.info("%s on http://%s", "control API" if name == "api" else "health and metrics", bound)
                self._write_addresses()
                await asyncio.Event().wait()

    def _write_addresses(self) -> None:
        with contextlib.suppress(OSError):
            path = addresses_path(self._config)
            fresh = path.with_name(path.name + ".new")
            fresh.write_bytes(msgspec.json.encode(self.addresses) + b"\n")
            fresh.replace(path)  # nobody reads half of it
        control = self._config.control
        if len(self._bound) == bool(control.api) + bool(control.probes):
            self.opened.set()


@asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[web.AppRunner]:
    # No access log: it would hold raw paths. A client that only connects is cut off.
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0, keepalive_timeout=30.0,
                           max_line_size=MOST_HEAD_BYTES, max_field_size=MOST_HEAD_BYTES)
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, address: Address) -> Address:
    site = web.TCPSite(runner, address.host, address.port)
    await site.start()
    port = runner.addresses[0][1]
    return Address(host=address.host, port=port)
