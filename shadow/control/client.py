"""Asks the control API of a mirror that runs on this machine, or wherever `control.api` says."""

from __future__ import annotations

import http.client
import json
from typing import Any

import msgspec

from shadow.config.model import Config
from shadow.control.addresses import Addresses, addresses_path
from shadow.control.token import read_token
from shadow.errors import ConfigError, EnvironmentFailure
from shadow.wire.address import Address, parse_listen

TIMEOUT_S = 10.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound


def post(config: Config, path: str) -> dict[str, Any]:
    """Post to the control API and return its answer.

    Raises ConfigError where it is switched off, EnvironmentFailure where it cannot be reached or refuses.
    """
    address = _address(config)
    connection = http.client.HTTPConnection(_ANY.get(address.host, address.host), address.port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", path, headers={"Authorization": f"Bearer {read_token(config)}"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise EnvironmentFailure(
            f"the control API at {address} cannot be reached ({reason}).",
            "Start `shadow mirror`, or name its configuration with -c; SIGUSR1 to the mirror pauses it too.",
        ) from error
    finally:
        connection.close()
    said = _json(body)
    if answer.status >= 400:
        told = said.get("error", {})
        raise EnvironmentFailure(
            f"the control API at {address} refused ({answer.status}): {told.get('message', answer.reason)}",
            str(told.get("remedy", "")),
        )
    return said


def _address(config: Config) -> Address:
    if not config.control.api:
        raise ConfigError("the control API is switched off (control.api is empty).",
                          "Send the mirror SIGUSR1 instead, or set control.api and start it again.")
    address = parse_listen(config.control.api)
    if address.port:
        return address
    try:
        found = msgspec.json.decode(addresses_path(config).read_bytes(), type=Addresses)
    except (OSError, msgspec.DecodeError):
        found = Addresses()
    if not found.api:
        raise EnvironmentFailure("no mirror runs with this configuration.", "Start it with `shadow mirror`.")
    return parse_listen(found.api)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
