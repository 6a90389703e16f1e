"""Every call to the MongoDB driver, in one place: Motor now, PyMongo's own asyncio client later.

Reads only, with majority concern; inside a snapshot session where the server can give one (a replica set, 5.0+).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import bson
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import InvalidBSON
from bson.timestamp import Timestamp
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import errors
from pymongo.read_concern import ReadConcern

from shadow.errors import StoreError
from verify.load.brake import Brake, Load
from verify.stopping import surely
from verify.stores.mongo.load import APPLICATION, load_of

MINIMUM = (5, 0)
"""The oldest server that reads snapshots outside of transactions."""
CONNECT_MS = 15_000
FIND_MS = 3_600_000

CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    uuid_representation=UuidRepresentation.STANDARD,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    tz_aware=False,
)

_LET_GO_S = 5
_AWAIT_MS = 100

Document = Mapping[str, Any]


def label_of(url: str) -> str:
    """Return the URL without credentials and options."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "mongodb:"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def decode(document: bytes) -> dict[str, Any]:
    """Return one document with exact values. Raises StoreError for bytes that are no BSON."""
    try:
        return bson.decode(document, CODEC)
    except InvalidBSON as error:
        raise StoreError(f"A document cannot be decoded ({type(error).__name__}).", "Run validate() on it.") from error


async def _finished(work: Awaitable[Any]) -> None:
    await work


class HistoryLost(StoreError):
    """Raised where the oplog no longer reaches back far enough."""


class Mongo:
    """One database of one server or replica set. Raises StoreError, which never repeats credentials."""

    def __init__(self, url: str) -> None:
        self.label = label_of(url)
        name = urlsplit(url).path.lstrip("/")
        if not name:
            raise StoreError(
                f"{self.label} names no database.", "Append it: mongodb://host:27017/shop?replicaSet=rs0"
            )
        try:
            self._client: Any = AsyncIOMotorClient(
                url, serverSelectionTimeoutMS=CONNECT_MS, connectTimeoutMS=CONNECT_MS, appname=APPLICATION,
                readConcernLevel="majority", retryReads=True,
            )  # fmt: skip
        except (errors.PyMongoError, ValueError, TypeError) as error:
            # The driver's own words may repeat parts of the URL.
            raise StoreError(
                f"{self.label} is not a URL that MongoDB's driver takes ({type(error).__name__}).",
                "Write it as mongodb://user:password@host:27017/database?replicaSet=rs0",
            ) from error
        self._database = self._client.get_database(name, codec_options=CODEC)
        self._has_snapshots: bool | None = None
        self.is_replica_set = False
        self._capped: frozenset[str] = frozenset()
        self._collated: frozenset[str] = frozenset()
        self.brake = Brake()

    async def check(self) -> None:
        """Connect, and refuse a server that is too old."""
        if self._has_snapshots is not None:
            return
        async with self.translated():
            info = await self._client.server_info()
            hello = await self._client.admin.command("hello")
        version = tuple(info["versionArray"][:2])
        if version < MINIMUM:
            raise StoreError(
                f"{self.label} runs MongoDB {info['version']}; the oldest supported one is {MINIMUM[0]}.{MINIMUM[1]}.",
                "Upgrade the server, or verify a restored copy on a newer one.",
            )
        self.is_replica_set = "setName" in hello
        self._has_snapshots = self.is_replica_set or hello.get("msg") == "isdbgrid"

    @asynccontextmanager
    async def session(self, time: str = "") -> AsyncIterator[Any]:
        """Hold a session that reads one state of the data, that of a cluster time (`seconds.ordinal`) where one is
        given; None where the server stands alone and cannot."""
        await self.check()
        if not self._has_snapshots:
            yield None
            return
        async with self.translated():
            session = await self._client.start_session(snapshot=True)
        if time:
            seconds, _, ordinal = time.partition(".")
            # The driver takes the time from its first answer, and has no option to begin with one.
            session.delegate._snapshot_time = Timestamp(int(seconds), int(ordinal))
        try:
            yield session
        except BaseException:
            await surely(self._let_go(session))
            raise
        finally:
            await surely(_finished(session.end_session()))

    async def _let_go(self, session: Any) -> None:
        """End what a session has under way: a read whose answer nobody waits for would leave its cursor open."""
        with suppress(errors.PyMongoError, TimeoutError):
            async with asyncio.timeout(_LET_GO_S):
                await self._client.admin.command({"killSessions": [session.session_id]})

    async def time_of(self, session: Any, collection: str) -> str:
        """Return the cluster time that a session reads, as `seconds.ordinal`; "" without a session."""
        if session is None:
            return ""
        if session.delegate._snapshot_time is None:
            async with self.translated():
                # Any name will do, but one that cannot be read so.
                name = "_" if collection in self._capped else collection
                await self._collection(name, session).find_one({}, projection={"_id": 1}, session=session)
        time = session.delegate._snapshot_time
        return f"{time.time}.{time.inc}"

    async def begin(self, collection: str, session: Any) -> None:
        """Fix the moment that a snapshot session shows: its first read does."""
        session = self._of(collection, session)
        async with self.translated():
            await self._collection(collection, session).find_one({}, {"_id": 1}, session=session)

    def moment(self, session: Any) -> str:
        """Return the cluster time of a snapshot session, "" where there is none or nothing was read in it."""
        # The driver has no public name for it yet.
        inner = getattr(session, "delegate", session)
        at = getattr(inner, "snapshot_time", None) or getattr(inner, "_snapshot_time", None)
        return f"clusterTime {at.time}.{at.inc}" if at is not None else ""

    async def load(self) -> Load:
        """Return how busy the server is."""
        async with self.translated():
            return await load_of(self._client.admin.command)

    async def collections(self) -> list[dict[str, Any]]:
        """Return name and options of every collection that holds data of its own, ascending by name."""
        found = [each for each in await self.entries() if each["type"] in ("collection", "timeseries")]
        return sorted(found, key=lambda each: str(each["name"]))

    async def entries(self) -> list[dict[str, Any]]:
        """Return name, type and options of everything that the database lists but the system's own, views too."""
        await self.check()
        async with self.translated():
            found = [dict(each) async for each in await self._database.list_collections()]
        self._capped = frozenset(str(each["name"]) for each in found if each["options"].get("capped"))
        self._collated = frozenset(str(each["name"]) for each in found if each["options"].get("collation"))
        return [each for each in found if not each["name"].startswith("system.")]

    async def index_entries(self, collection: str) -> list[dict[str, Any]]:
        """Return the indexes of a collection with all their options."""
        async with self.translated():
            return [dict(each) async for each in self._database[collection].list_indexes()]

    async def indexes(self, collection: str) -> dict[str, Any]:
        """Return the indexes of a collection by name."""
        async with self.translated():
            return dict(await self._database[collection].index_information())

    async def aggregate(self, collection: str, pipeline: Sequence[Document], session: Any = None) -> list[Document]:
        """Return everything that a pipeline yields."""
        session = self._of(collection, session)
        async with self.translated():
            cursor = self._collection(collection, session).aggregate(
                list(pipeline), session=session, allowDiskUse=True, maxTimeMS=FIND_MS, **self._order(collection)
            )
            return [each async for each in cursor]

    def watched(self, collection: str, since: tuple[int, int], pipeline: Sequence[Document]) -> Any:
        """Return the change stream of a collection from a cluster time on, to be entered within `translated`."""
        start = Timestamp(*since)
        return self._database[collection].watch(pipeline, start_at_operation_time=start, max_await_time_ms=_AWAIT_MS)

    async def computed(self, pipeline: Sequence[Document]) -> list[Document]:
        """Return what a pipeline yields that begins with documents of its own."""
        async with self.translated():
            cursor = self._database.aggregate(list(pipeline), maxTimeMS=FIND_MS)
            return [each async for each in cursor]

    async def count(self, collection: str, session: Any, where: Document | None = None) -> int:
        """Return how many documents there are, or how many a query finds, exactly."""
        session = self._of(collection, session)
        async with self.translated():
            found = self._collection(collection, session)
            return int(await found.count_documents(where or {}, session=session, **self._order(collection)))

    async def estimate(self, collection: str) -> int:
        """Return how many documents the collection's own counter names."""
        async with self.translated():
            return int(await self._database[collection].estimated_document_count())

    async def raw_batches(
        self,
        collection: str,
        session: Any,
        *,
        where: Document | None = None,
        fields: Document | None = None,
        sort: Sequence[tuple[str, int]] = (),
        batch: int = 0,
    ) -> AsyncIterator[bytes]:
        """Yield concatenated BSON documents as the server sent them."""
        session = self._of(collection, session)
        async with self.translated():
            cursor = self._collection(collection, session).find_raw_batches(
                where or {}, projection=fields, sort=list(sort) or None, session=session, allow_disk_use=bool(sort),
                batch_size=batch, max_time_ms=FIND_MS, **self._order(collection),
            )  # fmt: skip
            try:
                async for each in cursor:
                    yield each
                    await self.brake.passes()
            finally:
                await surely(_finished(cursor.close()))

    def _of(self, collection: str, session: Any) -> Any:
        # MongoDB refuses to read capped collections in a snapshot; they are read as they are meanwhile.
        return None if collection in self._capped else session

    def _order(self, collection: str) -> dict[str, Any]:
        # Ranges of keys and merges are by bytes, whatever order a collection has for its own queries.
        return {"collation": {"locale": "simple"}} if collection in self._collated else {}

    def _collection(self, name: str, session: Any) -> Any:
        # A snapshot session has a read concern of its own.
        found = self._database[name]
        return found.with_options(read_concern=ReadConcern()) if session is not None else found

    @asynccontextmanager
    async def translated(self) -> AsyncIterator[None]:
        """Raise StoreError instead of the driver's errors; its messages name commands, never contents."""
        try:
            yield
        except errors.OperationFailure as error:
            raise self._explained(error) from error
        except errors.ServerSelectionTimeoutError as error:
            raise StoreError(
                f"{self.label} cannot be reached within {CONNECT_MS // 1000} seconds.",
                "Check host, port, replicaSet and TLS options of the URL, and whether the server runs.",
            ) from error
        except (errors.PyMongoError, OSError) as error:
            raise StoreError(f"{self.label} failed ({type(error).__name__}).", "Look into the server's log.") from error

    def _explained(self, error: errors.OperationFailure) -> StoreError:
        if error.code in (13, 18, 8000):
            return StoreError(
                f"{self.label} refused the login or the read.",
                "Check user, password and authSource, and grant the role `read` on the database.",
            )
        if error.code in (239, 246):
            return StoreError(
                f"{self.label} no longer keeps the state that was being read.",
                "Raise minSnapshotHistoryWindowInSeconds on the server, or verify when it is less busy.",
            )
        if error.code in (280, 286):
            return HistoryLost(f"The oplog of {self.label} does not reach back so far.", "Give it a longer oplog.")
        if error.code == 50:
            return StoreError(f"{self.label} stopped a read after {FIND_MS // 60_000} minutes.", "Verify a copy of it.")
        name = (error.details or {}).get("codeName", error.code)
        return StoreError(f"{self.label} failed ({name}).", "Look into the server's log.")

    def close(self) -> None:
        """Let go of all connections; safe to call twice."""
        self._client.close()
