"""Three backends over one store, in one process: what the old build says, a copy of it, and a candidate with faults.

    GET /race/N    the live request is followed by a write: the next answer, of whichever backend, has another number
    GET /wrong/N   the candidate's field is wrong, always
    GET /flaky/N   the candidate's field is wrong at every other call
    GET /noisy/N   every answer has another id
    POST /search   the candidate's field is wrong
    GET /drift/N   the copy is wrong at 28 alone
    anything else  the same everywhere

`--limit-again`: an old build that is asked again answers 429.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
from collections import Counter
from functools import partial

from aiohttp import web

stock: Counter[str] = Counter()
flaky: Counter[str] = Counter()
asked: Counter[str] = Counter()
ids = itertools.count(1)


async def answer(request: web.Request, *, role: str, limit_again: bool) -> web.Response:
    again = request.headers.get("shadow-leg", "")
    asked[f"{role}{' again' if again == 'primary' else ''}"] += 1
    if request.path == "/asked":
        return web.json_response(dict(asked))
    if role == "old" and again == "primary" and limit_again:
        return web.json_response({"error": "slow down"}, status=429, headers={"Retry-After": "30"})
    kind, body = request.path.split("/")[1], {"path": request.path, "state": "open"}
    new = role == "new"
    if kind == "race":
        body["left"] = stock[request.path]
        stock[request.path] += not again
    elif kind == "flaky":
        flaky[request.path] += new
        body["state"] = "closed" if new and flaky[request.path] % 2 else "open"
    elif kind == "noisy":
        body["id"] = f"id-{next(ids):06d}"
    elif kind == "drift" and role == "copy" and request.path.endswith("/28"):
        body["state"] = "odd"
    elif new and kind in ("wrong", "search"):
        body["state"] = "shut"
    return web.json_response(body)


async def serve(ports: dict[str, int], *, limit_again: bool) -> None:
    for role, port in ports.items():
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", partial(answer, role=role, limit_again=limit_again))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("ports", type=json.loads)
    parser.add_argument("--limit-again", action="store_true")
    given = parser.parse_args()
    asyncio.run(serve(given.ports, limit_again=given.limit_again))
