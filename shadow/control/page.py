"""The live report, rendered by a process of its own: it takes seconds of one core, and commits must not wait."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

import msgspec

from shadow.config.model import Config
from shadow.errors import EnvironmentFailure

DEADLINE_S = 60.0
MOST_WORDS = 300


class LivePage:
    """Renders one page at a time; who asks meanwhile gets the page that is under way."""

    def __init__(
        self, config: Callable[[], Config], *, deadline_s: float = DEADLINE_S, module: str = "shadow.control.render"
    ) -> None:
        """`config` is asked for each page: a gate that was reloaded judges the next one."""
        self._config = config
        self._deadline_s = deadline_s
        self._module = module
        self._under_way: asyncio.Task[bytes] | None = None

    async def html(self) -> bytes:
        """Return the page. Raises EnvironmentFailure with the reason where it cannot be rendered in time."""
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._render(), name="live report")
            self._under_way.add_done_callback(self._done)
        # One client that leaves must not take the page from the others.
        return await asyncio.shield(self._under_way)

    async def close(self) -> None:
        """Stop what is under way."""
        if self._under_way is not None:
            self._under_way.cancel()
            with contextlib.suppress(asyncio.CancelledError, EnvironmentFailure):
                await self._under_way

    def _done(self, task: asyncio.Task[bytes]) -> None:
        self._under_way = None
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody may be left

    async def _render(self) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._deadline_s):
                page, said = await process.communicate(msgspec.json.encode(self._config()))
        except TimeoutError:
            raise EnvironmentFailure(
                f"the report was not rendered within {self._deadline_s:g} s.",
                "Render it with `shadow report`, which may take longer.",
            ) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            words = " ".join(said.decode("utf-8", errors="replace").split())
            raise EnvironmentFailure(
                f"the report cannot be rendered: {words[-MOST_WORDS:] or 'the renderer died'}",
                "Try `shadow report` with the same configuration.",
            )
        return page
