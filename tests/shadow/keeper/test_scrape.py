"""The scraper against a real server, and its sums by hand."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from shadow.clock import SystemClock
from shadow.config.model import Counter, Gate, Metrics
from shadow.keeper.scrape import Scraper
from shadow.ledger.evidence import WatchRow
from tests.manual_clock import ManualClock

COUNTERS = (
    Counter(name="trips", metric="trips_total", what="rise", most=0),
    Counter(name="memory", metric="rss", what="highest", most=1),
    Counter(name="up", what="up", least=1),
)


def gate(url: str = "http://127.0.0.1:1/metrics", **fields: float) -> Gate:
    return Gate(metrics=Metrics(url=url, **fields), counters=COUNTERS)


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock(1_000_000.0)
        self.rows: list[WatchRow] = []
        self.scraper = Scraper(gate, self.rows.extend, self.clock, block_s=300.0)

    def step(self, text: str | None, seconds: float = 15.0) -> dict[str, tuple[float, float, float]]:
        self.clock.advance(seconds)
        self.rows.clear()
        if text is None:
            self.scraper.miss("refused")
        else:
            self.scraper.take(text)
        return {row.name: (row.seconds, row.n, row.total) for row in self.rows}


def test_rises_are_differences_and_survive_a_restart() -> None:
    bench = Bench()
    assert bench.step("trips_total 7\nrss 5\n") == {
        "candidate:up": (0.0, 1, 1.0),
        "candidate:trips_total": (0.0, 1, 7.0),
        "candidate:rss": (0.0, 1, 5.0),
    }
    assert bench.step("trips_total 9\nrss 5\n")["candidate:trips_total:rise"] == (15.0, 2.0, 0.0)
    assert bench.step("trips_total 3\nrss 5\n")["candidate:trips_total:rise"] == (15.0, 3.0, 0.0)


def test_what_was_missed_was_not_watched_and_counts_against_up() -> None:
    bench = Bench()
    bench.step("trips_total 7\n")
    assert bench.step(None) == {"candidate:up": (15.0, 1, 0.0)}
    found = bench.step("trips_total 7\n")
    assert found["candidate:up"] == (15.0, 1, 1.0)
    assert found["candidate:trips_total:rise"][0] == 30.0, "the counter itself tells of the time between"
    assert bench.step("trips_total 7\n", seconds=46.0)["candidate:trips_total:rise"][0] == 0.0


def test_a_name_that_is_gone_has_no_row() -> None:
    bench = Bench()
    bench.step("trips_total 7\n")
    assert set(bench.step("rss 5\n")) == {"candidate:up", "candidate:rss"}
    assert "candidate:trips_total:rise" not in bench.step("trips_total 8\n")


def test_it_says_once_that_it_cannot_read_and_once_that_it_can(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    with caplog.at_level(logging.WARNING):
        bench.step(None)
        bench.step(None)
        bench.step("rss 1\n")
        bench.step("rss 1\n")
    assert [record.message for record in caplog.records] == [
        "the candidate's metrics cannot be read, trying again: refused",
        "the candidate's metrics can be read again",
    ]


@pytest.mark.parametrize(
    ("status", "body", "total"),
    [(200, "rss 5\n", 1.0), (200, '{"rss": 5}', 1.0), (500, "rss 5\n", 0.0), (302, "", 0.0), (200, "{", 0.0)],
)
def test_a_server(status: int, body: str, total: float) -> None:
    async def scenario() -> list[WatchRow]:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(status=status, text=body, headers={"location": "/elsewhere"})

        app = web.Application()
        app.router.add_get("/metrics", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        rows: list[WatchRow] = []
        seen = asyncio.Event()

        def watch(more) -> None:
            rows.extend(more)
            seen.set()

        url = f"http://127.0.0.1:{port}/metrics"
        task = asyncio.create_task(
            Scraper(lambda: gate(url, every_s=0.01), watch, SystemClock(), block_s=300.0).run()
        )
        async with asyncio.timeout(20):
            for _ in range(2):
                seen.clear()
                await seen.wait()
        task.cancel()
        await asyncio.wait([task])
        await runner.cleanup()
        return rows

    rows = asyncio.run(scenario())
    assert {row.total for row in rows if row.name == "candidate:up"} == {total}
    assert any(row.name == "candidate:rss" for row in rows) is bool(total)


def test_nobody_there() -> None:
    async def scenario() -> list[WatchRow]:
        rows: list[WatchRow] = []
        seen = asyncio.Event()

        def watch(more) -> None:
            rows.extend(more)
            seen.set()

        task = asyncio.create_task(Scraper(gate, watch, SystemClock(), block_s=300.0).run())
        async with asyncio.timeout(20):
            await seen.wait()
        task.cancel()
        await asyncio.wait([task])
        return rows

    assert [(row.name, row.total) for row in asyncio.run(scenario())] == [("candidate:up", 0.0)]
