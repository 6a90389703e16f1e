"""The old backend: Flask on waitress, one SQLite database.

    python examples/orders/old_service.py --db old.db --port 8001
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import store
import waitress  # type: ignore[import-untyped]
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

MONTH = re.compile(r"\d{4}-\d{2}")
PRODUCT_CACHE = "public, max-age=300"


class BadInputError(Exception):
    """Raised when a parameter or a body cannot be used; the message goes to the client with 400."""


def whole(name: str, default: int, low: int, high: int) -> int:
    """A whole number from the query string. Raises BadInputError outside of low..high."""
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
        raise BadInputError(f"{name} must be a whole number from {low} to {high}")
    return int(text)


def month() -> str:
    """The month asked for, as YYYY-MM. Raises BadInputError where it is none."""
    text = request.args.get("month", "")
    if not MONTH.fullmatch(text):
        raise BadInputError("month must be written as YYYY-MM")
    return text


def stamped(document: dict[str, Any]) -> Response:
    """A report with the two values that differ in every answer."""
    document["generated_at"] = datetime.now(UTC).isoformat(timespec="microseconds")
    document["request_id"] = str(uuid.uuid4())
    answer = jsonify(document)
    answer.headers["X-Request-Id"] = str(uuid.uuid4())
    return answer


def create_app(path: Path) -> Flask:
    """The application over one database."""
    app = Flask("orders")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    # FastAPI has no answer to OPTIONS and HEAD of its own; the one OPTIONS route below is written out in both.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    db = store.Database(path)

    @app.errorhandler(BadInputError)
    def bad_input(error: BadInputError) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[Response, int]:
        return jsonify({"error": error.name.lower()}), error.code or 500

    def missing(what: str) -> tuple[Response, int]:
        return jsonify({"error": f"no such {what}"}), 404

    @app.get("/health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/products")
    def list_products() -> Response:
        limit, offset = whole("limit", 20, 1, 50), whole("offset", 0, 0, 100_000)
        where, values = store.filtered("category", request.args.get("category"))
        total = db.rows(f"SELECT COUNT(*) AS n FROM products {where}", *values)[0]["n"]
        rows = db.rows(f"SELECT * FROM products {where} ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset)
        return jsonify({"products": [store.product_view(row) for row in rows], "total": total, "limit": limit})

    @app.get("/products/<int:number>")
    def show_product(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT * FROM products WHERE id = ?", number)
        if row is None:
            return missing("product")
        tag = f'"product-{number}-{row["version"]}"'
        headers = {"ETag": tag, "Cache-Control": PRODUCT_CACHE}
        if request.headers.get("If-None-Match") == tag:
            answer = Response(status=304, headers=headers)
            del answer.headers["Content-Type"]
            return answer
        answer = jsonify(store.product_view(row))
        answer.headers.extend(headers)
        return answer

    @app.get("/products/<int:number>/image")
    def show_image(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT thumbnail FROM products WHERE id = ?", number)
        return missing("product") if row is None else Response(row["thumbnail"], mimetype="image/png")

    @app.get("/sku/<sku>")
    def find_sku(sku: str) -> Response | tuple[Response, int]:
        row = db.one("SELECT id FROM products WHERE sku = ?", sku)
        if row is None:
            return missing("product")
        answer = Response(status=302, headers={"Location": f"/products/{row['id']}"})
        del answer.headers["Content-Type"]
        return answer

    @app.get("/customers")
    def list_customers() -> Response:
        limit, offset = whole("limit", 20, 1, 50), whole("offset", 0, 0, 100_000)
        where, values = store.filtered("country", request.args.get("country"))
        total = db.rows(f"SELECT COUNT(*) AS n FROM customers {where}", *values)[0]["n"]
        rows = db.rows(
            f"SELECT id, given_name || ' ' || family_name AS name, country, city FROM customers {where}"
            " ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset,
        )  # fmt: skip
        return jsonify({"customers": rows, "total": total, "limit": limit})

    @app.get("/customers/<int:number>")
    def show_customer(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT * FROM customers WHERE id = ?", number)
        if row is None:
            return missing("customer")
        return jsonify(store.customer_view(row, row["tel"]))

    @app.get("/customers/<int:number>/orders")
    def list_customer_orders(number: int) -> Response | tuple[Response, int]:
        if db.one("SELECT id FROM customers WHERE id = ?", number) is None:
            return missing("customer")
        rows = db.rows("SELECT * FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id DESC", number)
        return jsonify({"customer_id": number, "orders": [store.order_line(row) for row in rows]})

    @app.get("/orders")
    def list_orders() -> Response:
        limit, offset = whole("limit", 20, 1, 50), whole("offset", 0, 0, 100_000)
        where, values = store.filtered("status", request.args.get("status"))
        rows = db.rows(f"SELECT * FROM orders {where} ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset)
        orders = [{"id": row["id"], "customer_id": row["customer_id"], "status": row["status"]} for row in rows]
        return jsonify({"orders": orders, "limit": limit, "offset": offset})

    @app.route("/orders", methods=["OPTIONS"])
    def order_options() -> Response:
        answer = Response(status=204, headers={"Allow": "GET, HEAD, OPTIONS, POST"})
        del answer.headers["Content-Type"]
        return answer

    @app.post("/orders")
    def place_order() -> tuple[Response, int, dict[str, str]]:
        document = body()
        reference = document.get("reference")
        if not isinstance(reference, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,40}", reference):
            raise BadInputError("reference must be 1 to 40 letters, digits or hyphens")
        received = datetime.now(UTC).isoformat(timespec="seconds")
        db.rows("INSERT OR REPLACE INTO intake VALUES (?, ?, ?)", reference, json.dumps(document), received)
        return jsonify({"reference": reference, "status": "accepted"}), 202, {"Location": f"/intake/{reference}"}

    @app.get("/orders/<int:number>")
    def show_order(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT * FROM orders WHERE id = ?", number)
        if row is None:
            return missing("order")
        total = store.money(row.pop("total_cents"))
        return jsonify({**row, "total": total})

    @app.get("/orders/<int:number>/items")
    def list_items(number: int) -> Response | tuple[Response, int]:
        rows = db.rows("SELECT * FROM order_items WHERE order_id = ? ORDER BY position", number)
        if not rows:
            return missing("order")
        return jsonify({"order_id": number, "items": [store.item_view(row) for row in rows]})

    @app.get("/orders/<int:number>/payments")
    def list_payments(number: int) -> Response | tuple[Response, int]:
        rows = db.rows("SELECT * FROM payments WHERE order_id = ? ORDER BY id", number)
        if not rows:
            return missing("order")
        return jsonify({"order_id": number, "payments": [store.payment_view(row) for row in rows]})

    @app.get("/shipments/<int:number>")
    def show_shipment(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT * FROM shipments WHERE id = ?", number)
        return missing("shipment") if row is None else jsonify(row)

    @app.get("/invoices/<int:number>")
    def show_invoice(number: int) -> Response | tuple[Response, int]:
        row = db.one("SELECT * FROM invoices WHERE id = ?", number)
        if row is None:
            return missing("invoice")
        amount = store.money(row.pop("amount_cents"))
        return jsonify({**row, "amount": amount})

    def body() -> dict[str, Any]:
        document = request.get_json(force=True, silent=True)
        if not isinstance(document, dict):
            raise BadInputError("the body must be a JSON object")
        return document

    @app.post("/search")
    def search() -> Response:
        term = body().get("term")
        if not isinstance(term, str) or not term:
            raise BadInputError("term must be text")
        rows = db.rows(
            "SELECT id, given_name || ' ' || family_name AS name, city FROM customers"
            " WHERE substr(family_name, 1, length(?)) = ? ORDER BY id LIMIT 20", term, term,
        )  # fmt: skip
        return jsonify({"term": term, "customers": rows})

    @app.get("/reports/revenue")
    def revenue() -> Response:
        asked = month()
        row = db.of_month(
            "SELECT COUNT(*) AS orders, COALESCE(SUM(total_cents), 0) AS cents FROM orders"
            " WHERE placed_at >= ? AND placed_at < ?", asked,
        )[0]  # fmt: skip
        return stamped({"month": asked, "orders": row["orders"], "revenue": store.money(row["cents"])})

    @app.get("/reports/top-products")
    def top_products() -> Response:
        asked = month()
        rows = db.of_month(
            "SELECT product_id AS id, SUM(quantity) AS quantity, SUM(unit_cents) AS cents, COUNT(*) AS lines"
            " FROM orders JOIN order_items ON order_id = orders.id WHERE placed_at >= ? AND placed_at < ?"
            " GROUP BY product_id ORDER BY quantity DESC, product_id LIMIT 10", asked,
        )  # fmt: skip
        listed = [
            {"id": row["id"], "quantity": row["quantity"],
             "average_cents": (2 * row["cents"] + row["lines"]) // (2 * row["lines"])} for row in rows
        ]  # fmt: skip
        return stamped({"month": asked, "products": listed})

    @app.get("/exports/orders.csv")
    def export_orders() -> Response:
        asked = month()
        orders = db.of_month(store.EXPORTED, asked)
        data = store.sheet(orders, "\r\n")
        headers = {"Content-Disposition": f'attachment; filename="orders-{asked}.csv"', "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(data, mimetype="text/csv", headers=headers)

    return app


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one, printed on the first line")
    parser.add_argument("--threads", type=int, default=8)
    arguments = parser.parse_args()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = socket.create_server(("127.0.0.1", arguments.port), backlog=1024)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    waitress.serve(
        create_app(arguments.db), sockets=[listening], threads=arguments.threads, connection_limit=1000,
        channel_timeout=300, asyncore_use_poll=True, _quiet=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
