"""What a backend's metrics say of the counters that the gate asks for. Pure.

Prometheus text (any exposition that the reference parser reads) and JSON, where a name is a path of keys and list
positions: `memory.rss_bytes`, `workers.0.cpu`.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import msgspec
from prometheus_client.parser import text_string_to_metric_families

_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?")
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')


def readings(text: str, names: frozenset[str]) -> dict[str, float]:
    """Return the value of each name that the text has; those it has not are left out.

    Several series of one Prometheus name, or of those with the labels that are asked for, are added up.
    Raises ValueError where the text is neither JSON nor Prometheus text.
    """
    stripped = text.lstrip()
    if stripped[:1] in ("{", "["):
        try:
            document = msgspec.json.decode(stripped)
        except msgspec.DecodeError as error:
            raise ValueError(f"not JSON: {error}") from error
        found = {name: _number(_at(document, name)) for name in names}
        return {name: value for name, value in found.items() if value is not None}
    sums: dict[str, float] = {}
    wanted = {name: _selector(name) for name in names}
    # The parser raises whatever goes wrong in it; all of it means that this is no such text.
    try:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"not Prometheus text: {error}") from error
    for sample in samples:
        for name, (metric, labels) in wanted.items():
            if sample.name == metric and labels.items() <= sample.labels.items() and isfinite(sample.value):
                sums[name] = sums.get(name, 0.0) + sample.value
    return sums


def _selector(name: str) -> tuple[str, dict[str, str]]:
    found = _SELECTOR.fullmatch(name.strip())
    if not found:
        return name, {}
    return found[1], {key: re.sub(r"\\(.)", r"\1", value) for key, value in _LABEL.findall(found[2] or "")}


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
