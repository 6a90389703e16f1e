"""Asking a store what its server says of its load."""

from __future__ import annotations

from verify.load.brake import Load, TellsLoad
from verify.stores import open_store


async def load_told(url: str) -> Load:
    store = open_store(url)
    assert isinstance(store, TellsLoad)
    try:
        return await store.load()
    finally:
        await store.close()
