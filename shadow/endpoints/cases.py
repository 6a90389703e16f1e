"""What an OpenAPI document says may happen at each endpoint: classes of answers, and query parameters. Pure but for
reading the file.

A case is a line such as `GET /users/{id} status 4xx` or `GET /users parameter page`. Cannot see: values of parameters,
and answers that the document does not declare; references to parameters in other files.
"""

from __future__ import annotations

import re

from shadow.endpoints.openapi import METHODS, load_document, prefixes_of, resolve
from shadow.endpoints.template import compile_template

_STATUS = re.compile(r"([1-4])(?:\d\d|XX)\Z", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}\Z")


def read_cases(path: str) -> tuple[str, ...]:
    """Return the cases of a document, sorted. Raises ConfigError where it cannot be read."""
    return cases_of(load_document(path))


def cases_of(document: object) -> tuple[str, ...]:
    """Return the cases of a parsed document; answers of 500 and above are none that anybody expects."""
    found: set[str] = set()
    if not isinstance(document, dict):
        return ()
    for prefix in prefixes_of(document):
        for path, item in (document.get("paths") or {}).items():
            if not isinstance(item, dict):
                continue
            for method, operation in item.items():
                if method.lower() not in METHODS or not isinstance(operation, dict):
                    continue
                endpoint = f"{method.upper()} {compile_template(method.upper(), f'{prefix}{path}').path}"
                for status in operation.get("responses") or {}:
                    if held := _STATUS.match(str(status)):
                        found.add(f"{endpoint} status {held[1]}xx")
                for given in (*(item.get("parameters") or ()), *(operation.get("parameters") or ())):
                    parameter = resolve(document, given)
                    name = parameter.get("name")
                    if parameter.get("in") == "query" and isinstance(name, str) and _NAME.match(name):
                        found.add(f"{endpoint} parameter {name}")
    return tuple(sorted(found))
