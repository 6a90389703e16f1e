"""Copies of a MongoDB database on its own server, through the driver: documents byte for byte, indexes and options.

What is written goes through a client of its own; the stores' driver module only reads.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, errors

from shadow.errors import StoreError
from verify.migration.locks import LockTimes
from verify.migration.scratch import Copy
from verify.stores.mongo.batches import documents
from verify.stores.mongo.driver import CONNECT_MS, Mongo, label_of

PREFIX = "shadow_scratch_"
_BATCH = 1000


class MongoScratch:
    """Makes copies of one database, and drops them."""

    def __init__(self, url: str) -> None:
        self.label = label_of(url)
        self._source = Mongo(url)  # raises StoreError where the URL is none, or names no database
        self._source.close()
        self._url = url
        self._parts = urlsplit(url)
        password = unquote(self._parts.password or "")
        self.secrets: tuple[str, ...] = tuple({password, self._parts.password or ""}) if password else ()
        self._token = secrets.token_hex(4)
        self._made: list[str] = []

    @property
    def labels(self) -> tuple[str, ...]:
        """How to call the copies that there are."""
        return tuple(label_of(self._of(name)) for name in self._made)

    async def size(self) -> int:
        """Return how many bytes the documents take uncompressed. Raises StoreError."""
        async with self._client() as client:
            name = unquote(self._parts.path.lstrip("/"))
            try:
                return int((await client[name].command("dbStats"))["dataSize"])
            except errors.PyMongoError as error:
                raise self._explained(error) from error

    async def copy(self) -> Copy:
        """Copy the given database. Raises StoreError."""
        return await self._copy_of(self._url)

    async def again(self, copy: Copy) -> Copy:
        """Copy a copy. Raises StoreError."""
        return await self._copy_of(copy.url)

    def environment(self, copy: Copy) -> Mapping[str, str]:
        """Return DATABASE_URL, and the same as MONGODB_URI."""
        return {"DATABASE_URL": copy.url, "MONGODB_URI": copy.url}

    def watch(self, copy: Copy) -> AbstractAsyncContextManager[LockTimes] | None:
        """Return nothing: MongoDB's locks are not looked at."""
        return None

    async def drop(self) -> None:
        """Drop every copy. Raises StoreError, which names what is left."""
        try:
            async with self._client() as client:
                while self._made:
                    await client.drop_database(self._made[-1])
                    self._made.pop()
        except errors.PyMongoError as error:
            left = ", ".join(self._made)
            raise StoreError(f"{self.label}: copies are left: {left}.", "Drop them: db.dropDatabase().") from error

    def _client(self) -> AsyncMongoClient[dict[str, Any]]:
        return AsyncMongoClient(self._url, serverSelectionTimeoutMS=CONNECT_MS, appname="shadow verify")

    def _of(self, name: str) -> str:
        parts = self._parts
        query = dict(parse_qsl(parts.query))
        if parts.username and "authSource" not in query and parts.scheme == "mongodb":
            # Else users would be looked for in the copy.
            query["authSource"] = unquote(parts.path.lstrip("/"))
        return parts._replace(path=f"/{name}", query=urlencode(query)).geturl()

    async def _copy_of(self, url: str) -> Copy:
        name = f"{PREFIX}{self._token}_{len(self._made) + 1}"
        self._made.append(name)
        source = Mongo(url)
        try:
            async with source.session() as session, self._client() as client:
                for each in sorted(await source.entries(), key=lambda one: one["type"] == "view"):
                    options = {key: value for key, value in each["options"].items() if key != "autoIndexId"}
                    await client[name].command({"create": each["name"], **options})
                    if each["type"] != "view":
                        await _fill(source, session, client, name, each["name"])
        except errors.PyMongoError as error:
            raise self._explained(error) from error
        finally:
            source.close()
        target = self._of(name)
        return Copy(url=target, label=label_of(target), how="through the driver")

    def _explained(self, error: errors.PyMongoError) -> StoreError:
        if isinstance(error, errors.OperationFailure) and error.code in (13, 18, 8000):
            return StoreError(
                f"{self.label} refused the login or to write a copy beside it.",
                "Grant the role `readWriteAnyDatabase`, or try it on a server of your own.",
            )
        details = getattr(error, "details", None) or {}
        name = details.get("codeName") or type(error).__name__
        return StoreError(f"{self.label} could not be copied ({name}).", "Look into the server's log.")


async def _fill(
    source: Mongo, session: Any, client: AsyncMongoClient[dict[str, Any]], database: str, collection: str
) -> None:
    target = client[database].get_collection(collection)
    async for raw in source.raw_batches(collection, session, batch=_BATCH):
        for some in _parcels([RawBSONDocument(each) for each in documents(raw)]):
            # Documents from before a validator was set must come along as they are.
            await target.insert_many(some, ordered=True, bypass_document_validation=True)
    indexes = [dict(each) for each in await source.index_entries(collection)]
    wanted = [{key: value for key, value in each.items() if key != "ns"} for each in indexes]
    if made := [each for each in wanted if each["name"] != "_id_" and not each.get("clustered")]:
        await client[database].command({"createIndexes": collection, "indexes": made})


def _parcels(found: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(found), _BATCH):
        yield found[at : at + _BATCH]
