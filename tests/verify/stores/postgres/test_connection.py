"""What the driver raises becomes a StoreError, whatever the driver calls it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from shadow.errors import StoreError
from verify.stores.postgres.connection import translated


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (asyncpg.InternalClientError("got result for unknown protocol state 3"), "the connection was ended"),
        (asyncpg.InterfaceError("connection is closed"), "connection is closed"),
        (asyncpg.AdminShutdownError("terminating connection"), "terminating connection"),
        (ConnectionResetError(104, "Connection reset by peer"), "cannot be reached"),
    ],
)
def test_a_connection_that_was_ended_is_an_error_of_the_store(error: Exception, said: str) -> None:
    async def ask() -> None:
        async with translated("postgresql://here/shop"):
            raise error

    with pytest.raises(StoreError, match=said) as raised:
        asyncio.run(ask())
    assert str(raised.value).startswith("postgresql://here/shop")
