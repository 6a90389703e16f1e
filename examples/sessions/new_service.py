"""The new backend: FastAPI. The same shop under `/v2`, with answers in an envelope and `qty` for `quantity`; its own
ids, which begin at 5001, its own sessions and its own tokens.

    python examples/sessions/new_service.py --db new.db --port 8002

What is wrong with it on purpose: an order of `twin` answers with the id of the order before (`--twins`), and one of
`eggs` fails (`--fragile`).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import secrets
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

USERS = {"ann": (1, "anchor"), "bob": (2, "bobbin"), "cid": (3, "cinder")}
KEY = secrets.token_bytes(32)
SCHEMA = """
create table if not exists orders (id integer primary key autoincrement, owner integer, item text, qty integer,
                                   revision text);
create table if not exists notes (id integer primary key autoincrement, order_id integer, text text);
create table if not exists sessions (sid text primary key, user integer, csrf text);
"""
MIGRATED = [(1, 1, "lamp", 2), (2, 2, "chair", 1), (3, 1, "table", 4)]


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database; a new one has the migrated orders, and its own sequence far from the old one's."""
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.executescript(SCHEMA)
    if not db.execute("select 1 from orders").fetchone():
        db.executemany("insert into orders values (?, ?, ?, ?, hex(randomblob(8)))", MIGRATED)
        db.execute("update sqlite_sequence set seq = 5000 where name = 'orders'")
        db.execute("insert into notes values (700, 0, '')")
    return db


def text_of(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims: dict[str, Any]) -> str:
    """A JSON Web Token (RFC 7519) signed with this process's key."""
    body = text_of(b'{"typ":"JWT","alg":"HS256"}') + "." + text_of(json.dumps(claims).encode())
    return body + "." + text_of(hmac.digest(KEY, body.encode(), hashlib.sha256))


def verified(token: str) -> int | None:
    """The user of a token that we signed, else None."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, text_of(hmac.digest(KEY, body.encode(), hashlib.sha256))):
        return None
    claims = body.partition(".")[2]
    return int(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])


def create_app(path: Path, *, twins: bool, fragile: bool) -> FastAPI:
    """The application over one database."""
    app = FastAPI(openapi_url=None)
    db = open_database(path)

    @app.exception_handler(StarletteHTTPException)
    async def failed(_: Request, error: StarletteHTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code)

    async def user(request: Request) -> int:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and (known := verified(token)) is not None:
            return known
        row = db.execute("select * from sessions where sid = ?", (request.cookies.get("sid"),)).fetchone()
        if row is None:
            raise HTTPException(401, "who are you")
        if request.method not in ("GET", "HEAD") and request.headers.get("x-csrf-token") != row["csrf"]:
            raise HTTPException(403, "csrf")
        return int(row["user"])

    def shown(row: sqlite3.Row) -> dict[str, Any]:
        return {"id": row["id"], "owner_id": row["owner"], "item": row["item"], "qty": row["qty"],
                "links": {"self": f"/v2/orders/{row['id']}"}}  # fmt: skip

    def order(number: int, owner: int) -> sqlite3.Row:
        found = db.execute("select * from orders where id = ? and owner = ?", (number, owner))
        row: sqlite3.Row | None = found.fetchone()
        if row is None:
            raise HTTPException(404, "no such order")
        return row

    def answer(row: sqlite3.Row, status: int = 200, **headers: str) -> JSONResponse:
        return JSONResponse({"data": shown(row)}, status, {"ETag": f'"{row["revision"]}"', **headers})

    async def known(request: Request) -> tuple[int, str]:
        given = await request.json()
        number, password = USERS.get(given["user"], (0, ""))
        if not number or password != given["password"]:
            raise HTTPException(401, "no")
        return number, given["user"]

    @app.get("/health")
    async def health() -> str:
        return "ok"

    @app.post("/v2/login")
    async def login(request: Request, response: Response) -> dict[str, Any]:
        number, name = await known(request)
        sid, csrf = secrets.token_urlsafe(24), secrets.token_urlsafe(18)
        db.execute("insert into sessions values (?, ?, ?)", (sid, number, csrf))
        response.set_cookie("sid", sid, httponly=True)
        return {"data": {"user": {"id": number, "name": name}, "csrf_token": csrf}}

    @app.post("/v2/auth/token")
    async def token(request: Request) -> dict[str, Any]:
        number, _ = await known(request)
        return {"data": {"access_token": sign({"sub": number, "iat": time.time()}), "token_type": "bearer"}}

    @app.get("/v2/orders")
    async def orders(owner: int = Depends(user)) -> dict[str, Any]:
        rows = db.execute("select * from orders where owner = ? order by id", (owner,))
        return {"data": {"orders": [shown(row) for row in rows]}}

    @app.post("/v2/orders")
    async def create(request: Request, owner: int = Depends(user)) -> JSONResponse:
        given = await request.json()
        if fragile and given["item"] == "eggs":
            raise HTTPException(503, "dropped")
        if twins and given["item"] == "twin":
            last = db.execute("select * from orders where owner = ? order by id desc", (owner,)).fetchone()
            return answer(last, 201, Location=f"/v2/orders/{last['id']}")
        made = db.execute("insert into orders (owner, item, qty, revision) values (?, ?, ?, hex(randomblob(8)))",
                          (owner, given["item"], given["qty"]))  # fmt: skip
        return answer(order(int(made.lastrowid or 0), owner), 201, Location=f"/v2/orders/{made.lastrowid}")

    @app.get("/v2/orders/{number}")
    async def one(number: int, request: Request, owner: int = Depends(user)) -> Response:
        row = order(number, owner)
        if request.headers.get("if-none-match") == f'"{row["revision"]}"':
            return Response(status_code=304, headers={"ETag": f'"{row["revision"]}"'})
        return answer(row)

    @app.put("/v2/orders/{number}")
    async def change(number: int, request: Request, owner: int = Depends(user)) -> JSONResponse:
        row = order(number, owner)
        if request.headers.get("if-match") != f'"{row["revision"]}"':
            raise HTTPException(412, "somebody was faster")
        db.execute("update orders set qty = ?, revision = hex(randomblob(8)) where id = ?",
                   ((await request.json())["qty"], number))  # fmt: skip
        return answer(order(number, owner))

    @app.delete("/v2/orders/{number}")
    async def remove(number: int, owner: int = Depends(user)) -> Response:
        order(number, owner)
        db.execute("delete from orders where id = ?", (number,))
        return Response(status_code=204)

    @app.post("/v2/notes")
    async def note(request: Request, owner: int = Depends(user)) -> JSONResponse:
        given = await request.json()
        order(given["order_id"], owner)
        made = db.execute("insert into notes (order_id, text) values (?, ?)", (given["order_id"], given["text"]))
        return JSONResponse({"data": {"id": made.lastrowid, **given}}, 201)

    @app.get("/v2/notes")
    async def notes(order_id: int, owner: int = Depends(user)) -> dict[str, Any]:
        rows = db.execute("select * from notes where order_id = ? order by id", (order_id,))
        return {"data": {"notes": [dict(row) for row in rows]}}

    return app


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one, printed on the first line")
    parser.add_argument("--twins", action="store_true")
    parser.add_argument("--fragile", action="store_true")
    given = parser.parse_args()
    app = create_app(given.db, twins=given.twins, fragile=given.fragile)
    listening = socket.create_server(("127.0.0.1", given.port), backlog=1024)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="warning", timeout_keep_alive=300)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
