"""What tests of several rooms share: real database servers, started once, or the tests are skipped by name."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from bench.verify.mongod import MongoServer, mongo_server
from bench.verify.servers import PostgresServer, Unavailable, postgres_server

# A machine that is busy with something else is no fault of what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Whoever starts the tests in the background of a script has Ctrl-C ignored, and their processes would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this session."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server())
        except Unavailable as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoServer]:
    """A MongoDB server for this session, a replica set of one member."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(mongo_server())
        except Unavailable as error:
            pytest.skip(str(error))
        yield server
