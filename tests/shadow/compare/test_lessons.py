"""What a comparer tells of noise and what it takes over."""

from __future__ import annotations

import asyncio

from shadow.compare.found import Found
from shadow.compare.lessons import Lessons
from shadow.compare.noise import Here, NoiseMemory
from shadow.config.model import Redact
from shadow.ipc.messages import Known, Taught
from shadow.learnt.book import Learnt
from shadow.records import Kind
from shadow.redact import Redactor

E = "GET /a"


def found(*place: str) -> Found:
    return Found(kind=Kind.value, area="body", segments=place, old="a", new="b")


class Keeper:
    """Listens, or does not."""

    def __init__(self, memory: NoiseMemory) -> None:
        self.listens = True
        self.told: list[tuple[Learnt, ...]] = []
        self.lessons = Lessons(memory, Redactor(Redact(patterns=("hush",)), b"k"), self._teach)

    def _teach(self, learnt: tuple[Learnt, ...]) -> bool:
        if self.listens:
            self.told.append(learnt)
        return self.listens


def test_what_nobody_heard_is_told_again_and_nothing_is_told_twice() -> None:
    memory = NoiseMemory()
    keeper = Keeper(memory)
    memory.learn(E, [found("x")], at=1.0)
    keeper.listens = False
    keeper.lessons.tell()
    keeper.listens = True
    keeper.lessons.tell()
    keeper.lessons.tell()
    assert [each.pairs for told in keeper.told for each in told] == [1.0]
    memory.learn(E, [], at=2.0)
    keeper.lessons.tell()
    assert keeper.told[1] == (Learnt(build="", endpoint=E, pairs=1.0, at=2.0),)


def test_a_path_that_would_be_redacted_stays_here() -> None:
    memory = NoiseMemory()
    keeper = Keeper(memory)
    memory.learn(E, [found("x"), found("hush", "y")], at=1.0)
    keeper.lessons.tell()
    assert [set(each.groups) for each in keeper.told[0]] == [{"body:$.x"}]


def test_what_others_learnt_is_known_here() -> None:
    first, second = NoiseMemory(), NoiseMemory()
    one, two = Keeper(first), Keeper(second)
    for _ in range(9):
        first.learn(E, [found("x")], at=1.0)
    one.lessons.tell()
    two.lessons.take(Taught(learnt=one.told[0]))
    question = Found(kind=Kind.value, area="body", segments=("x",), old="a", new="c")
    assert second.cover(E, question, Here(at=1.0)) == "word"
    two.lessons.tell()
    assert two.told == []  # hearsay is not told again


def test_the_ledger_is_believed_where_it_knows_more() -> None:
    memory = NoiseMemory()
    keeper = Keeper(memory)
    for _ in range(5):
        memory.learn(E, [], at=1.0)
    keeper.lessons.take(Known(learnt=(Learnt(build="", endpoint=E, pairs=3.0, at=1.0),)))
    assert memory.pairs(E, "") > 4
    keeper.lessons.take(Known(learnt=(Learnt(build="", endpoint=E, pairs=50.0, at=1.0),)))
    assert memory.pairs(E, "") == 50


def test_a_comparer_waits_for_what_is_known_but_not_for_ever() -> None:
    async def run() -> None:
        keeper = Keeper(NoiseMemory())
        assert not await keeper.lessons.wait(at_most_s=0.01)
        keeper.lessons.take(Taught(learnt=()))
        assert not await keeper.lessons.wait(at_most_s=0.01)
        keeper.lessons.take(Known(learnt=()))
        assert await keeper.lessons.wait(at_most_s=0.0)

    asyncio.run(run())
