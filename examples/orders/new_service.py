"""The new backend: FastAPI on uvicorn, one SQLite database in the new schema.

    python examples/orders/new_service.py --db new.db --port 8002 [--fixed]

Without `--fixed` it has the divergences that plants.json lists; each `if ... in plants` below is one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import socket
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import store
import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from plants import add_plant_flags, chosen_plants
from starlette.exceptions import HTTPException

PRODUCT_CACHE = "public, max-age=300"
REFERENCE = re.compile(r"[A-Za-z0-9-]{1,40}")
SLOWER_S = 0.2
SHOP_ZONE = timezone(timedelta(hours=2))

Limit = Annotated[int, Query(ge=1, le=50)]
Offset = Annotated[int, Query(ge=0, le=100_000)]
Month = Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")]

PARAMETERS = {
    "limit": "limit must be a whole number from 1 to 50",
    "offset": "offset must be a whole number from 0 to 100000",
    "month": "month must be written as YYYY-MM",
}


def missing(what: str) -> JSONResponse:
    """The answer where something does not exist."""
    return JSONResponse({"error": f"no such {what}"}, 404)


def refused(message: str) -> JSONResponse:
    """The answer to a bad request."""
    return JSONResponse({"error": message}, 400)


def stamped(document: dict[str, Any]) -> JSONResponse:
    """A report with the two values that differ in every answer."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    stamp = {"generated_at": now, "request_id": str(uuid.uuid4())}
    return JSONResponse({**document, **stamp}, headers={"X-Request-Id": str(uuid.uuid4())})


async def json_object(request: Request) -> dict[str, Any] | None:
    """The body, None where it is no JSON object."""
    try:
        document = json.loads(await request.body())
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def create_app(path: Path, plants: frozenset[str]) -> FastAPI:
    """The application over one database, with these divergences."""
    # The old backend answers a trailing slash with 404 and publishes no description of itself.
    app = FastAPI(redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None)
    db = store.Database(path)

    @app.exception_handler(RequestValidationError)
    async def bad_input(request: Request, error: RequestValidationError) -> Response:
        if "bad-limit-422" in plants and request.url.path == "/customers":
            return await request_validation_exception_handler(request, error)
        return refused(PARAMETERS[str(error.errors()[0]["loc"][-1])])

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": error.detail.lower()}, error.status_code, error.headers)

    # An exception that leaves the application makes uvicorn end the connection after its 500, which the next
    # request on it could run into: the example plants one failing answer, not a second failing one beside it.
    @app.exception_handler(sqlite3.Error)
    async def database_error(_request: Request, _error: sqlite3.Error) -> Response:
        return JSONResponse({"error": "internal server error"}, 500)

    @app.api_route("/health", methods=["GET", "HEAD"])
    async def health() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/products")
    async def list_products(limit: Limit = 20, offset: Offset = 0, category: str | None = None) -> Response:
        where, values = store.filtered("category", category)
        total = db.rows(f"SELECT COUNT(*) AS n FROM products {where}", *values)[0]["n"]
        rows = db.rows(f"SELECT * FROM products {where} ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset)
        listed = [store.product_view(row) for row in rows]
        if "tags-left-out" in plants:
            listed = [{k: v for k, v in product.items() if k != "tags" or v} for product in listed]
        return JSONResponse({"products": listed, "total": total, "limit": limit})

    @app.get("/products/{number:int}")
    async def show_product(number: int, request: Request) -> Response:
        row = db.one("SELECT * FROM products WHERE id = ?", number)
        if row is None:
            return missing("product")
        tag = f'"product-{number}-{row["version"]}"'
        headers = {"ETag": tag}
        if "cache-header-lost" not in plants:
            headers["Cache-Control"] = PRODUCT_CACHE
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return JSONResponse(store.product_view(row), headers=headers)

    @app.api_route("/products/{number:int}/image", methods=["GET", "HEAD"])
    async def show_image(number: int) -> Response:
        row = db.one("SELECT thumbnail FROM products WHERE id = ?", number)
        return missing("product") if row is None else Response(row["thumbnail"], media_type="image/png")

    @app.get("/sku/{sku}")
    async def find_sku(sku: str) -> Response:
        row = db.one("SELECT id FROM products WHERE sku = ?", sku)
        return missing("product") if row is None else RedirectResponse(f"/products/{row['id']}", 302)

    @app.get("/customers")
    async def list_customers(limit: Limit = 20, offset: Offset = 0, country: str | None = None) -> Response:
        where, values = store.filtered("country", country)
        total = db.rows(f"SELECT COUNT(*) AS n FROM customers {where}", *values)[0]["n"]
        rows = db.rows(
            f"SELECT id, given_name || ' ' || family_name AS name, country, city FROM customers {where}"
            " ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset,
        )  # fmt: skip
        return JSONResponse({"customers": rows, "total": total, "limit": limit})

    @app.get("/customers/{number:int}")
    async def show_customer(number: int) -> Response:
        row = db.one("SELECT * FROM customers WHERE id = ?", number)
        if row is None:
            return missing("customer")
        view = store.customer_view(row, row["phone"])
        if "phone-left-out" in plants:
            view = {k: v for k, v in view.items() if v is not None}
        return JSONResponse(view)

    @app.get("/customers/{number:int}/orders")
    async def list_customer_orders(number: int) -> Response:
        if db.one("SELECT id FROM customers WHERE id = ?", number) is None:
            return missing("customer")
        order = "placed_at, id" if "orders-oldest-first" in plants else "placed_at DESC, id DESC"
        rows = db.rows(f"SELECT * FROM orders WHERE customer_id = ? ORDER BY {order}", number)
        return JSONResponse({"customer_id": number, "orders": [store.order_line(row) for row in rows]})

    @app.get("/orders")
    async def list_orders(limit: Limit = 20, offset: Offset = 0, status: str | None = None) -> Response:
        where, values = store.filtered("status", status)
        rows = db.rows(f"SELECT * FROM orders {where} ORDER BY id LIMIT ? OFFSET ?", *values, limit, offset)
        orders = [{"id": row["id"], "customer_id": row["customer_id"], "status": row["status"]} for row in rows]
        if "status-case" in plants:
            orders = [{**order, "status": order["status"].upper()} for order in orders]
        return JSONResponse({"orders": orders, "limit": limit, "offset": offset})

    @app.options("/orders")
    async def order_options() -> Response:
        return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS, POST"})

    @app.post("/orders")
    async def place_order(request: Request) -> Response:
        document = await json_object(request)
        if document is None:
            return refused("the body must be a JSON object")
        reference = document.get("reference")
        if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
            return refused("reference must be 1 to 40 letters, digits or hyphens")
        received = datetime.now(UTC).isoformat(timespec="seconds")
        db.rows("INSERT OR REPLACE INTO intake VALUES (?, ?, ?)", reference, json.dumps(document), received)
        accepted = {"reference": reference, "status": "accepted"}
        return JSONResponse(accepted, 202, {"Location": f"/intake/{reference}"})

    @app.get("/orders/{number:int}")
    async def show_order(number: int) -> Response:
        row = db.one("SELECT * FROM orders WHERE id = ?", number)
        if row is None:
            return missing("order")
        total = store.money(row.pop("total_cents"))
        if "float-total" in plants:
            lines = db.rows("SELECT quantity, unit_cents FROM order_lines WHERE order_id = ?", number)
            total = sum(line["quantity"] * (line["unit_cents"] / 100) for line in lines)
        return JSONResponse({**row, "total": total})

    @app.get("/orders/{number:int}/items")
    async def list_items(number: int) -> Response:
        rows = db.rows("SELECT * FROM order_lines WHERE order_id = ? ORDER BY position", number)
        if not rows:
            return missing("order")
        return JSONResponse({"order_id": number, "items": [store.item_view(row) for row in rows]})

    @app.get("/orders/{number:int}/payments")
    async def list_payments(number: int) -> Response:
        rows = db.rows("SELECT * FROM payments WHERE order_id = ? ORDER BY id", number)
        if not rows:
            return missing("order")
        if "paid-at-zone" in plants:
            for row in rows:
                row["paid_at"] = datetime.fromisoformat(row["paid_at"]).astimezone(SHOP_ZONE).isoformat()
        return JSONResponse({"order_id": number, "payments": [store.payment_view(row) for row in rows]})

    @app.get("/shipments/{number:int}")
    async def show_shipment(number: int) -> Response:
        row = db.one("SELECT * FROM shipments WHERE id = ?", number)
        if row is None:
            return missing("shipment")
        if "tracking-missing" in plants and row["carrier"] not in ("DHL", "GLS"):
            del row["tracking_code"]
        return JSONResponse(row)

    @app.get("/invoices/{number:int}")
    async def show_invoice(number: int) -> Response:
        row = db.one("SELECT * FROM invoices WHERE id = ?", number)
        if row is None:
            return missing("invoice")
        if "id-as-text" in plants:
            row["customer_id"] = str(row["customer_id"])
        amount = store.money(row.pop("amount_cents"))
        return JSONResponse({**row, "amount": amount})

    @app.post("/search")
    async def search(request: Request) -> Response:
        document = await json_object(request)
        if document is None:
            return refused("the body must be a JSON object")
        term = document.get("term")
        if not isinstance(term, str) or not term:
            return refused("term must be text")
        select = "SELECT id, given_name || ' ' || family_name AS name, city FROM customers WHERE "
        if "search-apostrophe" in plants:
            rows = db.rows(f"{select} family_name LIKE '{term}%' ORDER BY id LIMIT 20")
        else:
            rows = db.rows(f"{select} substr(family_name, 1, length(?)) = ? ORDER BY id LIMIT 20", term, term)
        return JSONResponse({"term": term, "customers": rows})

    @app.get("/reports/revenue")
    async def revenue(month: Month) -> Response:
        if "slow-revenue" in plants:
            await asyncio.sleep(SLOWER_S)
        row = db.of_month(
            "SELECT COUNT(*) AS orders, COALESCE(SUM(total_cents), 0) AS cents FROM orders"
            " WHERE placed_at >= ? AND placed_at < ?", month,
        )[0]  # fmt: skip
        return stamped({"month": month, "orders": row["orders"], "revenue": store.money(row["cents"])})

    @app.get("/reports/top-products")
    async def top_products(month: Month) -> Response:
        rows = db.of_month(
            "SELECT product_id AS id, SUM(quantity) AS quantity, SUM(unit_cents) AS cents, COUNT(*) AS lines"
            " FROM orders JOIN order_lines ON order_id = orders.id WHERE placed_at >= ? AND placed_at < ?"
            " GROUP BY product_id ORDER BY quantity DESC, product_id LIMIT 10", month,
        )  # fmt: skip
        listed = []
        for row in rows:
            half = 0 if "average-cut" in plants else row["lines"]
            average = (2 * row["cents"] + half) // (2 * row["lines"])
            listed.append({"id": row["id"], "quantity": row["quantity"], "average_cents": average})
        return stamped({"month": month, "products": listed})

    @app.get("/exports/orders.csv")
    async def export_orders(month: Month, request: Request) -> Response:
        orders = db.of_month(store.EXPORTED, month)
        data = store.sheet(orders, "\n" if "csv-line-ends" in plants else "\r\n")
        headers = {"Content-Disposition": f'attachment; filename="orders-{month}.csv"', "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            data = gzip.compress(data, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(data, media_type="text/csv", headers=headers)

    return app


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one, printed on the first line")
    add_plant_flags(parser)
    arguments = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", arguments.port), backlog=1024)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    app = create_app(arguments.db, chosen_plants(arguments))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=300)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
