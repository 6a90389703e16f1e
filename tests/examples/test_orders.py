"""The two backends of the example, face to face: equal without the plants, different exactly there with them."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import migrate
import pytest
import seed
from mix import Call, plan
from plants import Plant, all_plants
from traffic import Answer, ask

ORDERS = Path(__file__).resolve().parents[2] / "examples" / "orders"
VOLATILE = {"date", "server", "connection", "content-length", "x-request-id", "transfer-encoding"}
STAMPS = {"$.generated_at", "$.request_id"}


@contextmanager
def serving(script: str, *flags: str) -> Iterator[str]:
    """A backend as its own process; gives its URL once it listens."""
    process = subprocess.Popen(
        [sys.executable, str(ORDERS / script), "--port", "0", *flags],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def answers(url: str, calls: list[Call]) -> list[Answer]:
    """The answers of one backend to the calls, one after the other."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
    try:
        return [ask(connection, call) for call in calls]
    finally:
        connection.close()


def json_differences(old: Any, new: Any, path: str = "$") -> set[str]:
    """The index-free paths at which two documents differ; a list in another order is a difference of the list."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = {f"{path}.{name}" for name in old.keys() ^ new.keys()}
        return found.union(*(json_differences(old[k], new[k], f"{path}.{k}") for k in old.keys() & new.keys()))
    if isinstance(old, list) and isinstance(new, list):
        spelt_old, spelt_new = ([json.dumps(item, sort_keys=True) for item in side] for side in (old, new))
        if len(old) != len(new) or (spelt_old != spelt_new and sorted(spelt_old) == sorted(spelt_new)):
            return {path}
        return set().union(*(json_differences(a, b, f"{path}[*]") for a, b in zip(old, new, strict=True)))
    return set() if type(old) is type(new) and old == new else {path}


def differences(old: Answer, new: Answer) -> set[str]:
    """Where two answers differ, apart from what differs between any two answers."""
    if old.status != new.status:
        return {"status"}
    headers = (dict(pair for pair in answer.headers if pair[0] not in VOLATILE) for answer in (old, new))
    first, second = headers
    found = {f"header:{name}" for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    if first.get("content-type") != "application/json":
        return found | ({"body"} if old.body != new.body else set())
    body = json_differences(json.loads(old.body), json.loads(new.body)) - STAMPS
    return found | {f"body:{path}" for path in body}


def template(call: Call) -> str:
    """The endpoint of a call, as shadow.yaml names it."""
    path = re.sub(r"/(\d+|SKU-\d+)(?=/|$)", "/{id}", urlsplit(call.target).path)
    return f"{call.method} {path}"


@dataclass(frozen=True)
class Stage:
    """The old backend's answers to the calls that a mirror would repeat, and a database for new ones."""

    calls: list[Call]
    old: list[Answer]
    new_db: Path

    def found(self, *flags: str) -> dict[str, set[str]]:
        """Where a new backend with these flags differs, by endpoint."""
        with serving("new_service.py", "--db", str(self.new_db), *flags) as url:
            new = answers(url, self.calls)
        by_endpoint: dict[str, set[str]] = {}
        for call, was, now in zip(self.calls, self.old, new, strict=True):
            if where := differences(was, now):
                by_endpoint.setdefault(template(call), set()).update(where)
        return by_endpoint


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("orders")
    seed.create(folder / "old.db")
    migrate.migrate(folder / "old.db", folder / "new.db", frozenset())
    calls = [call for call in plan(1500) if call.target != "/orders" or call.method != "POST"]
    with serving("old_service.py", "--db", str(folder / "old.db")) as url:
        old = answers(url, calls)
    return Stage(calls, old, folder / "new.db")


def test_without_plants_every_answer_is_the_same(stage: Stage) -> None:
    assert len(stage.calls) == 1446
    assert stage.found("--fixed") == {}


@pytest.mark.parametrize("plant", [p for p in all_plants() if p.source == "http"], ids=lambda p: p.id)
def test_each_plant_shows_at_its_own_place_and_nowhere_else(stage: Stage, plant: Plant) -> None:
    assert stage.found("--plants", plant.id) == {plant.scope: {plant.path}}


def test_with_all_plants_all_of_them_show(stage: Stage) -> None:
    http_plants = [plant for plant in all_plants() if plant.source == "http"]
    expected = {plant.scope: {plant.path} for plant in http_plants}
    assert stage.found("--plants", ",".join(plant.id for plant in http_plants)) == expected


@pytest.mark.parametrize(("flags", "least_s"), [(("--plants", "slow-revenue"), 0.2), (("--fixed",), 0.0)])
def test_the_slow_report_waits_and_answers_the_same(stage: Stage, flags: tuple[str, ...], least_s: float) -> None:
    call = Call(method="GET", target="/reports/revenue?month=2025-03")
    with serving("new_service.py", "--db", str(stage.new_db), *flags) as url:
        began = time.monotonic()
        (answer,) = answers(url, [call])
        took_s = time.monotonic() - began
    document = json.loads(answer.body)
    assert (answer.status, document["month"], document["orders"]) == (200, "2025-03", 1144)
    assert took_s >= least_s


def test_the_client_finds_the_old_backend_right_and_its_answers_stable(stage: Stage, tmp_path: Path) -> None:
    old_db = stage.new_db.with_name("old.db")
    digests = []
    with serving("old_service.py", "--db", str(old_db)) as url:
        for name in ("first", "second"):
            done = subprocess.run(
                [sys.executable, str(ORDERS / "traffic.py"), "--url", url, "--requests", "400",
                 "--record", str(tmp_path / name)],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout
            digests.append((tmp_path / name).read_text("utf-8"))
    assert digests[0] == digests[1]
    assert len(set(digests[0].splitlines())) > 300
