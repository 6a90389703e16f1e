"""The old backend: Flask on waitress. Sessions by cookie with a CSRF token, or by bearer token; orders in SQLite.

    python examples/sessions/old_service.py --db old.db --port 8001
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

import waitress  # type: ignore[import-untyped]
from flask import Flask, Response, g, jsonify, request

USERS = {"ann": (1, "anchor"), "bob": (2, "bobbin"), "cid": (3, "cinder")}
KEY = secrets.token_bytes(32)
SCHEMA = """
create table if not exists orders (id integer primary key autoincrement, owner integer, item text, quantity integer,
                                   version integer not null default 1);
create table if not exists notes (id integer primary key autoincrement, order_id integer, text text);
create table if not exists sessions (sid text primary key, user integer, csrf text);
"""
MIGRATED = [(1, 1, "lamp", 2), (2, 2, "chair", 1), (3, 1, "table", 4)]


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database; a new one has three orders from before the migration."""
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.executescript(SCHEMA)
    if not db.execute("select 1 from orders").fetchone():
        db.executemany("insert into orders (id, owner, item, quantity) values (?, ?, ?, ?)", MIGRATED)
    return db


def encoded(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(user: int) -> str:
    """A JSON Web Token (RFC 7519) signed with this process's key."""
    head = encoded(b'{"alg":"HS256","typ":"JWT"}')
    claims = encoded(json.dumps({"sub": user, "iat": time.time(), "jti": secrets.token_hex(8)}).encode())
    return f"{head}.{claims}." + encoded(hmac.digest(KEY, f"{head}.{claims}".encode(), hashlib.sha256))


def user_of_token(token: str) -> int | None:
    """The user that a token names, None where we did not sign it."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, encoded(hmac.digest(KEY, signed.encode(), hashlib.sha256))):
        return None
    claims = signed.partition(".")[2]
    return int(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])


def create_app(path: Path) -> Flask:
    """The application over one database."""
    app = Flask("sessions")
    db = open_database(path)

    def shown(row: sqlite3.Row) -> dict[str, Any]:
        return {"id": row["id"], "owner_id": row["owner"], "item": row["item"], "quantity": row["quantity"],
                "links": {"self": f"/orders/{row['id']}"}}  # fmt: skip

    def order(number: int) -> sqlite3.Row | None:
        found = db.execute("select * from orders where id = ?", (number,)).fetchone()
        return found if found is not None and found["owner"] == g.user else None

    def tag(row: sqlite3.Row) -> str:
        return f'"{row["id"]}-{row["version"]}"'

    @app.before_request
    def who() -> tuple[Response, int] | None:
        g.user = None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            g.user = user_of_token(token)
        elif (sid := request.cookies.get("sid")) is not None:
            row = db.execute("select * from sessions where sid = ?", (sid,)).fetchone()
            if row is not None:
                g.user = row["user"]
                if request.method not in ("GET", "HEAD") and request.headers.get("X-CSRF-Token") != row["csrf"]:
                    return jsonify(error="csrf"), 403
        if g.user is None and request.path not in ("/login", "/auth/token", "/health"):
            return jsonify(error="who are you"), 401
        return None

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/login")
    def login() -> Any:
        given = request.get_json()
        user, password = USERS.get(given["user"], (0, ""))
        if not user or password != given["password"]:
            return jsonify(error="no"), 401
        sid, csrf = secrets.token_hex(16), secrets.token_hex(12)
        db.execute("insert into sessions values (?, ?, ?)", (sid, user, csrf))
        answer = jsonify(user={"id": user, "name": given["user"]}, csrf_token=csrf)
        answer.set_cookie("sid", sid, httponly=True, samesite="lax")
        return answer

    @app.post("/auth/token")
    def token() -> Any:
        given = request.get_json()
        user, password = USERS.get(given["user"], (0, ""))
        if not user or password != given["password"]:
            return jsonify(error="no"), 401
        return jsonify(access_token=make_token(user), token_type="bearer")

    @app.get("/orders")
    def orders() -> Any:
        rows = db.execute("select * from orders where owner = ? order by id", (g.user,))
        return jsonify(orders=[shown(row) for row in rows])

    @app.post("/orders")
    def create() -> Any:
        given = request.get_json()
        made = db.execute("insert into orders (owner, item, quantity) values (?, ?, ?)",
                          (g.user, given["item"], given["quantity"]))  # fmt: skip
        row = order(int(made.lastrowid or 0))
        assert row is not None
        return jsonify(shown(row)), 201, {"Location": f"/orders/{row['id']}", "ETag": tag(row)}

    @app.get("/orders/<int:number>")
    def one(number: int) -> Any:
        row = order(number)
        if row is None:
            return jsonify(error="no such order"), 404
        if request.headers.get("If-None-Match") == tag(row):
            return "", 304, {"ETag": tag(row)}
        return jsonify(shown(row)), 200, {"ETag": tag(row)}

    @app.put("/orders/<int:number>")
    def change(number: int) -> Any:
        row = order(number)
        if row is None:
            return jsonify(error="no such order"), 404
        if request.headers.get("If-Match") != tag(row):
            return jsonify(error="somebody was faster"), 412
        db.execute("update orders set quantity = ?, version = version + 1 where id = ?",
                   (request.get_json()["quantity"], number))  # fmt: skip
        row = order(number)
        assert row is not None
        return jsonify(shown(row)), 200, {"ETag": tag(row)}

    @app.delete("/orders/<int:number>")
    def remove(number: int) -> Any:
        if order(number) is None:
            return jsonify(error="no such order"), 404
        db.execute("delete from orders where id = ?", (number,))
        answer = Response(status=204)
        del answer.headers["Content-Type"]
        return answer

    @app.post("/notes")
    def note() -> Any:
        given = request.get_json()
        if order(given["order_id"]) is None:
            return jsonify(error="no such order"), 404
        made = db.execute("insert into notes (order_id, text) values (?, ?)", (given["order_id"], given["text"]))
        return jsonify(id=made.lastrowid, order_id=given["order_id"], text=given["text"]), 201

    @app.get("/notes")
    def notes() -> Any:
        rows = db.execute("select * from notes where order_id = ? order by id", (request.args["order_id"],))
        return jsonify(notes=[dict(row) for row in rows])

    return app


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one, printed on the first line")
    given = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", given.port), backlog=1024)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    # One thread: the order of requests is the order of ids.
    waitress.serve(create_app(given.db), sockets=[listening], threads=1, channel_timeout=300, _quiet=True)


if __name__ == "__main__":
    main()
