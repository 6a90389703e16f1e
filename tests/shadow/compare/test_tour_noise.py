"""The tours of noise and triage in docs/comparison.md: every line is run, on the code that the mirror runs."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from shadow.compare.desk import Desk
from shadow.compare.found import Found
from shadow.compare.kinds import name_scalars
from shadow.compare.noise import Here, NoiseMemory
from shadow.compare.pipeline import Comparer
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.records import LegState
from shadow.redact import Redactor
from shadow.triage import Triaged
from tests.shadow.compare import made

PAGE = Path(__file__).parents[3] / "docs" / "comparison.md"
NOW = datetime(2026, 1, 1, 10, tzinfo=UTC).timestamp()
E = "GET /orders/{id}"



def between(old: object, new: object) -> list[Found]:
    named = None if old == new and type(old) is type(new) else name_scalars(old, new)
    return [Found(kind=named[0], area="body", segments=("x",), old=old, new=new)] if named else []


def learnt(pairs: Iterable[tuple[object, object]]) -> Callable[[object, object], str]:
    memory = NoiseMemory()
    for old, new in pairs:
        memory.learn(E, between(old, new), at=NOW)

    def ask(old: object, new: object) -> str:
        (found,) = between(old, new)
        by, beyond = memory.judge(E, found, Here(at=NOW))
        return f"noise: {by}" if by else f"mismatch: {beyond}".removesuffix(": ")

    return ask


class Link:
    """A sender that never answers by itself."""

    def __init__(self) -> None:
        self.asked = 0

    def send_late(self, frame: bytes) -> None:
        self.asked += 1


def triage(live: tuple[object, object], soon: tuple[object, object], later: tuple[object, object] | None) -> str:
    config = Config(
        primary=Primary(url="http://old:1"), candidate=ShadowLeg(url="http://new:2"),
        secondary=ShadowLeg(url="http://old:3"),
    )  # fmt: skip
    comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"key"))
    decided: list[Triaged] = []
    desk, link = Desk(comparer, config, decided.append), Link()
    exchange = made.pair({"x": live[0]}, {"x": live[1]})
    observation = desk.take(exchange, comparer.observe(exchange), link)  # type: ignore[arg-type]
    assert observation.awaits_triage
    desk.ask(observation)
    assert (link.asked, len(desk)) == (1, 1)
    for number, look in ((1, soon), (2, later)):
        if look is None:
            refused = made.failed("candidate", "stopped", LegState.not_called)
            again = made.exchange(made.failed("primary", "stopped", LegState.not_called), refused)
        else:
            again = made.pair({"x": look[0]}, {"x": look[1]})
        desk.looked(msgspec.structs.replace(again, look=number))
    (one,) = decided
    assert len(desk) == 0 and (one.lane, one.seq) == (exchange.lane, exchange.seq)
    return str(one.triage)


def blocks() -> list[str]:
    return re.findall(r"(?s)```python\n(>>> (?:ask|triage).*?)```", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(2))
def test_every_line_is_true(number: int) -> None:
    text = blocks()[number]
    test = doctest.DocTestParser().get_doctest(
        text, {"learnt": learnt, "triage": triage}, f"tour {number}", str(PAGE), 0
    )
    assert len(test.examples) >= 8
    said: list[str] = []
    results = doctest.DocTestRunner().run(test, out=said.append)
    assert results.failed == 0, "".join(said)


def test_there_are_no_other_tours() -> None:
    assert len(blocks()) == 2
