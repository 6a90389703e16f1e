"""Can the stores under verification be opened? They are reached by name: this room never imports `verify`."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from typing import Any

from shadow.config import Config
from shadow.config.mask import masked_text
from shadow.doctor.check import Check, fail, ok, warn
from shadow.errors import ShadowError

OPENER = "verify.stores:open_store"


def store_checks(config: Config) -> Iterator[Check]:
    """Yield whether each store of `verify` can be opened and described.

    Cannot see: whether its rows can be read, and whether the configured tables are among its tables.
    """
    if config.verify is None:
        return
    module_name, _, attribute = OPENER.partition(":")
    try:
        opener: Any = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError):
        yield warn("stores", "cannot be checked: the verification room is not installed.", "Reinstall shadow-parity.")
        return
    for name, url in (("old", config.verify.old), ("new", config.verify.new)):
        yield _opened(f"{name} store", url, opener)


def _opened(name: str, url: str, opener: Any) -> Check:
    shown = masked_text((), url)
    try:
        tables = asyncio.run(_count_tables(opener, url))
    except ShadowError as error:
        return fail(name, error.message, error.remedy)
    if not tables:
        return fail(name, f"{shown} has no tables.", "Name the store that holds the data.")
    return ok(name, f"{shown} can be read, {tables} tables.")


async def _count_tables(opener: Any, url: str) -> int:
    store = opener(url)
    try:
        return len(await store.describe())
    finally:
        await store.close()
