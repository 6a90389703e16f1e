"""`shadow mapping`: what becomes of a request, without sending anything."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shadow.endpoints import build_endpoint_map
from shadow.errors import ConfigError
from shadow.mapping.book import MappingBook
from shadow.options import config_option
from shadow.records import RequestCopy
from shadow.validation import load_config


@click.group()
def mapping() -> None:
    """Show what the candidate is asked instead of an old request."""


@mapping.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_mappings(path: Path, as_json: bool) -> None:
    """List the old endpoints that are mapped, with the new ones.

    \b
    Examples:
      shadow mapping list
      shadow mapping list -c staging.yaml --json
    """
    config = load_config(path)
    book = MappingBook(config)
    rows = [(one.endpoint, book.new_endpoint(one.endpoint)) for one in config.mapping]
    if as_json:
        click.echo(json.dumps([{"old": old, "new": new} for old, new in rows], indent=2))
        return
    if not rows:
        click.echo("Nothing is mapped.")
    width = max((len(old) for old, _ in rows), default=0)
    for old, new in rows:
        click.echo(f"{old:<{width}}  {new}")


@mapping.command("try")
@click.argument("request_line")
@config_option
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header; may be repeated.")
@click.option("--body", default="", metavar="TEXT", help="The body; JSON unless a Content-Type says otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def try_one(request_line: str, path: Path, headers: tuple[str, ...], body: str, as_json: bool) -> None:
    """Print what a request becomes: REQUEST_LINE is method and target, as in `GET /api/auth/me?x=1`.

    \b
    Examples:
      shadow mapping try 'GET /api/auth/me?x=1'
      shadow mapping try 'POST /api/orders' --body '{"quantity": "2"}'
    """
    config = load_config(path)
    request = _request(request_line, headers, body)
    book = MappingBook(config)
    found = book.find(request.method, request.target)
    asked = book.request(request)
    endpoint = build_endpoint_map(config).endpoint(request.method, request.target)
    said = {
        "endpoint": endpoint,
        "mapping": found.mapping.endpoint if found is not None else None,
        "request": f"{asked.method} {asked.target.decode('latin-1')}",
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in asked.headers],
        "body": asked.body.decode("utf-8", "replace"),
    }
    if as_json:
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    click.echo(f"# {endpoint}, " + (f"mapped by {said['mapping']!r}" if found is not None else "not mapped"))
    click.echo(said["request"])
    for name, value in asked.headers:
        click.echo(f"{name.decode('latin-1')}: {value.decode('latin-1')}")
    if asked.body:
        click.echo(f"\n{said['body']}")


def _request(line: str, headers: tuple[str, ...], body: str) -> RequestCopy:
    method, _, target = line.strip().partition(" ")
    target = target.strip()
    if not target.startswith("/") or not target.isascii() or any(mark.isspace() for mark in target):
        raise ConfigError(f"{line!r} is not a request.", "Write method and target: 'GET /api/auth/me?x=1'.")
    pairs: list[tuple[bytes, bytes]] = []
    for text in headers:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise ConfigError(f"{text!r} is not a header.", "Write it as 'X-Api-Version: 1'.")
        pairs.append((name.strip().encode("latin-1", "replace"), value.strip().encode("latin-1", "replace")))
    if body and not any(name.lower() == b"content-type" for name, _ in pairs):
        pairs.append((b"Content-Type", b"application/json"))
    return RequestCopy(method=method, target=target.encode("ascii"), headers=tuple(pairs), body=body.encode())
