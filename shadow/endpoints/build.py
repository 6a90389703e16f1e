"""Build the endpoint map from the configuration."""

from __future__ import annotations

from shadow.config.model import Config, Route
from shadow.endpoints.map import METHODS, EndpointMap
from shadow.endpoints.openapi import read_templates
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
    documented = read_templates(config.endpoints.openapi) if config.endpoints.openapi else ()
    return EndpointMap(tuple(routes.items()), documented, config.endpoints.max_segments)


def _compile_route(route: Route) -> Template:
    method, _, path = route.endpoint.strip().partition(" ")
    remedy = "Write method and path template, such as 'GET /orders/{id}', 'POST /search' or '* /admin/*'."
    if method != "*" and method not in METHODS:
        raise ConfigError(f"routes: {route.endpoint!r} begins with an unknown method {method!r}.", remedy)
    try:
        return compile_template(method, path.strip())
    except ValueError as error:
        raise ConfigError(f"routes: {route.endpoint!r} cannot be read: {error}.", remedy) from error
