"""Read path templates out of an OpenAPI (or Swagger 2) document, JSON or YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shadow.endpoints.template import Template, compile_template
from shadow.errors import ConfigError

REMEDY = "Point endpoints.openapi to an OpenAPI document (JSON or YAML), or remove the setting."

METHODS = ("get", "head", "options", "post", "put", "patch", "delete", "trace", "query")


def load_document(path: str) -> object:
    """Return the parsed document. Raises ConfigError where it cannot be read or parsed."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"endpoints.openapi: {path} cannot be read: {error.strerror or error}.", REMEDY) from error
    try:
        return _load(path, raw)
    except ValueError as error:
        raise ConfigError(f"endpoints.openapi: {path} is not usable: {error}.", REMEDY) from error


def templates_of(document: object) -> tuple[Template, ...]:
    """Return one template per operation, with the path of each server (or `basePath`) in front.

    Raises ValueError where the document has no readable `paths`.
    """
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise ValueError("it has no 'paths'")
    found: dict[tuple[str, str], Template] = {}
    for prefix in prefixes_of(document):
        for path, operations in document["paths"].items():
            if not isinstance(path, str) or not isinstance(operations, dict):
                raise ValueError(f"path {path!r} is not a mapping of operations")
            for method in METHODS:
                if method in operations:
                    full = prefix + path
                    found[(method, full)] = compile_template(method.upper(), full)
    if not found:
        raise ValueError("'paths' names no operation")
    return tuple(found.values())


def _load(path: str, raw: bytes) -> object:
    if path.endswith(".json") or raw.lstrip()[:1] == b"{":
        try:
            return msgspec.json.decode(raw)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error
    import yaml  # loaded here: the listener imports this module and mostly needs no YAML

    try:
        return yaml.safe_load(raw)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def prefixes_of(document: dict[str, Any]) -> list[str]:
    """Return what stands in front of every path: that of each server, or the base path."""
    base = document.get("basePath")
    if isinstance(base, str):
        return [base.rstrip("/")]
    prefixes: list[str] = []
    servers = document.get("servers")
    for server in servers if isinstance(servers, list) else ():
        url = server.get("url") if isinstance(server, dict) else None
        if isinstance(url, str):
            variables = server.get("variables")
            for name, variable in (variables if isinstance(variables, dict) else {}).items():
                if isinstance(variable, dict):
                    url = url.replace("{" + str(name) + "}", str(variable.get("default", "")))
            prefix = urlsplit(url).path.rstrip("/")
            if prefix not in prefixes and (not prefix or prefix.startswith("/")):
                prefixes.append(prefix)
    return prefixes or [""]


def resolve(document: dict[str, Any], given: Any) -> dict[str, Any]:
    """Return what is given, or what its `$ref` points to in the same document; empty where that is nothing.

    A reference to a reference is followed, up to a few."""
    for _ in range(8):
        pointer = given.get("$ref") if isinstance(given, dict) else None
        if not isinstance(pointer, str):
            return given if isinstance(given, dict) else {}
        held: Any = document
        for part in pointer.removeprefix("#/").split("/") if pointer.startswith("#/") else ():
            held = held.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(held, dict) else None
        given = held if held is not document else None
    return {}
