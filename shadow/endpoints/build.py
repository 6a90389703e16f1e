"""Build the endpoint map from the configuration."""

from __future__ import annotations

from shadow.config.model import Config, Route
from shadow.endpoints.keys import keys_of
from shadow.endpoints.map import METHODS, EndpointMap
from shadow.endpoints.openapi import REMEDY, load_document, templates_of
from shadow.endpoints.template import Template, compile_template
from shadow.errors import ConfigError


def build_endpoint_map(config: Config) -> EndpointMap:
    """Build the map; reads the OpenAPI file where one is configured.

    Raises ConfigError for a route or a document that cannot be read, naming it.
    """
    routes: dict[Template, Route] = {}
    for route in config.routes:
        template = _compile_route(route)
        if template in routes:
            raise ConfigError(f"routes: {route.endpoint!r} is named twice.", "Keep one of the two.")
        routes[template] = route
    path = config.endpoints.openapi
    if not path:
        return EndpointMap(tuple(routes.items()), (), config.endpoints.max_segments)
    document = load_document(path)
    try:
        endpoints = EndpointMap(tuple(routes.items()), templates_of(document), config.endpoints.max_segments)
        endpoints.list_keys = keys_of(document, endpoints)
    except ValueError as error:
        raise ConfigError(f"endpoints.openapi: {path} is not usable: {error}.", REMEDY) from error
    return endpoints


def _compile_route(route: Route) -> Template:
    method, _, path = route.endpoint.strip().partition(" ")
    remedy = "Write method and path template, such as 'GET /orders/{id}', 'POST /search' or '* /admin/*'."
    if method != "*" and method not in METHODS:
        raise ConfigError(f"routes: {route.endpoint!r} begins with an unknown method {method!r}.", remedy)
    try:
        return compile_template(method, path.strip())
    except ValueError as error:
        raise ConfigError(f"routes: {route.endpoint!r} cannot be read: {error}.", remedy) from error
