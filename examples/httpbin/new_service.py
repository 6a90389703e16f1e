"""The new backend: ten endpoints of httpbin again, in FastAPI, written from its documentation alone.

    python examples/httpbin/new_service.py --port 8002

Nothing in it is wrong on purpose.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import socket
import uuid
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

app = FastAPI()

SLIDES = {
    "slideshow": {
        "author": "Yours Truly",
        "date": "date of publication",
        "slides": [
            {"title": "Wake up to WonderWidgets!", "type": "all"},
            {
                "items": ["Why <em>WonderWidgets</em> are great", "Who <em>buys</em> WonderWidgets"],
                "title": "Overview",
                "type": "all",
            },
        ],
        "title": "Sample Slide Show",
    }
}


def headers_of(request: Request) -> dict[str, str]:
    """The request's headers by their usual names."""
    return {name.title(): value for name, value in request.headers.items()}


def arguments_of(request: Request) -> dict[str, Any]:
    """The query's arguments; one that occurs again is a list."""
    found = parse_qs(request.url.query, keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def about(request: Request) -> dict[str, Any]:
    """What every echo says."""
    return {
        "args": arguments_of(request),
        "headers": headers_of(request),
        "origin": request.client.host if request.client else "",
        "url": str(request.url),
    }


@app.get("/get")
async def get(request: Request) -> dict[str, Any]:
    """Echo a request."""
    return about(request)


@app.post("/post")
async def post(request: Request) -> dict[str, Any]:
    """Echo a request with its body: as a form, as JSON, else as text."""
    body = await request.body()
    media = request.headers.get("content-type", "").partition(";")[0]
    form: dict[str, str] = {}
    data, document = "", None
    if media == "application/x-www-form-urlencoded":
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    else:
        data = body.decode("utf-8", "replace")
        if media == "application/json":
            document = json.loads(body)
    return about(request) | {"data": data, "files": {}, "form": form, "json": document}


@app.get("/headers")
async def headers(request: Request) -> dict[str, Any]:
    """Echo the headers."""
    return {"headers": headers_of(request)}


@app.get("/user-agent")
async def user_agent(request: Request) -> dict[str, Any]:
    """Echo the user agent."""
    return {"user-agent": request.headers.get("user-agent")}


@app.get("/status/{code}")
async def status(code: int) -> Response:
    """Answer with a status."""
    return Response(status_code=code)


@app.get("/json")
async def some_json() -> dict[str, Any]:
    """A simple document."""
    return SLIDES


@app.get("/uuid")
async def some_uuid() -> dict[str, str]:
    """A random UUID."""
    return {"uuid": str(uuid.uuid4())}


@app.get("/gzip")
async def gzipped(request: Request) -> Response:
    """An echo, compressed."""
    body = {"gzipped": True, "headers": headers_of(request), "method": request.method,
            "origin": request.client.host if request.client else ""}  # fmt: skip
    packed = gzip.compress(json.dumps(body).encode())
    return Response(packed, media_type="application/json", headers={"Content-Encoding": "gzip"})


@app.get("/redirect/{n}")
async def redirect(n: int) -> Response:
    """Redirect n times, then to /get."""
    return RedirectResponse("/get" if n == 1 else f"/redirect/{n - 1}", status_code=302)


@app.get("/base64/{value}")
async def decoded(value: str) -> Response:
    """Decode a text from base64."""
    try:
        return Response(base64.urlsafe_b64decode(value), media_type="text/html")
    except ValueError:
        return JSONResponse("Incorrect Base64 data", status_code=400)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8002)
    port = parser.parse_args().port
    sock = socket.create_server(("127.0.0.1", port))
    print(f"http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[sock])


if __name__ == "__main__":
    main()
