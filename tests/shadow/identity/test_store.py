from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shadow.identity.store import Bond, Store

LONG = "0123456789abcdef"


def store(**bounds: float) -> Store:
    settled = {"max_entries": 100, "max_bytes": 1 << 20, "expires_s": 60.0} | bounds
    return Store(
        max_entries=int(settled["max_entries"]), max_bytes=int(settled["max_bytes"]), expires_s=settled["expires_s"]
    )


def key(old: str, kind: str = "order", scope: str = "") -> tuple[str, str, str]:
    return scope, kind, old


def test_both_ways() -> None:
    it = store()
    assert it.learn(key("17"), 93, 0.0, volatile=False) is Bond.new
    assert it.learn(key("17"), 93, 1.0, volatile=False) is Bond.known
    assert it.new_of(key("17"), 2.0) == 93
    assert it.old_of("", "order", "93") == "17"
    assert it.new_of(key("17", "user"), 2.0) is None
    assert it.old_of("", "user", "93") is None
    assert it.new_of(key("17", scope="ann"), 2.0) is None


def test_a_bijection_is_broken_either_way() -> None:
    it = store()
    it.learn(key("17"), 93, 0.0, volatile=False)
    assert it.learn(key("17"), 94, 0.0, volatile=False) is Bond.broken_old
    assert it.learn(key("18"), 93, 0.0, volatile=False) is Bond.broken_new
    assert it.new_of(key("17"), 0.0) == 93
    assert it.new_of(key("18"), 0.0) is None
    assert it.old_of("", "order", "93") == "17"


def test_sessions_change_their_partners() -> None:
    it = store()
    it.learn(key("a", "cookie:sid"), "x", 0.0, volatile=True)
    assert it.learn(key("a", "cookie:sid"), "y", 0.0, volatile=True) is Bond.new
    assert it.new_of(key("a", "cookie:sid"), 0.0) == "y"
    assert it.learn(key("b", "cookie:sid"), "y", 0.0, volatile=True) is Bond.new
    assert [it.new_of(key(old, "cookie:sid"), 0.0) for old in "ab"] == ["y", "y"]
    assert it.old_of("", "cookie:sid", "y") == "b"


def test_a_long_value_is_found_whatever_it_is_called() -> None:
    it = store()
    it.learn(key(LONG), "f" * 20, 0.0, volatile=False)
    assert it.new_of(key(LONG, "whatever"), 0.0) == "f" * 20
    assert it.old_of("", "", "f" * 20) == LONG


def test_a_number_told_later_wins_over_its_text() -> None:
    it = store()
    it.learn(key("17"), "93", 0.0, volatile=False)
    it.learn(key("17"), 93, 0.0, volatile=False)
    assert it.new_of(key("17"), 0.0) == 93


def test_what_is_forgotten_is_lost() -> None:
    it = store(max_entries=2)
    for old in "123":
        it.learn(key(old), f"n{old}", 0.0, volatile=False)
    assert [it.new_of(key(old), 0.0) for old in "123"] == [None, "n2", "n3"]
    assert [it.is_lost(key(old)) for old in "1234"] == [True, False, False, False]
    it.learn(key("1"), "n9", 0.0, volatile=False)
    assert not it.is_lost(key("1"))


@pytest.mark.parametrize("used", [True, False])
def test_use_prolongs_life(used: bool) -> None:
    it = store(expires_s=10.0)
    it.learn(key("1"), "n1", 0.0, volatile=False)
    if used:
        assert it.new_of(key("1"), 9.0) == "n1"
    assert it.new_of(key("1"), 12.0) == ("n1" if used else None)
    assert it.is_lost(key("1")) is not used


def test_bytes_are_bounded() -> None:
    it = store(max_bytes=5000)
    for n in range(100):
        it.learn(key(str(n), f"cookie:{n}"), "x" * 1000, float(n), volatile=True)
        assert it.size_bytes <= 5000
    assert 0 < len(it) < 3


def test_nothing_shows_in_its_repr() -> None:
    it = store()
    it.learn(key(LONG), "secret", 0.0, volatile=True)
    assert repr(it) == f"<Store 1 pairs, {it.size_bytes} bytes>"
    assert "secret" not in repr(vars(it)["_pairs"].values())


class Bijection(RuleBasedStateMachine):
    """For ids, whatever is learnt in whatever order: what is known is one to one, and the books add up."""

    def __init__(self) -> None:
        super().__init__()
        self.store = store(max_entries=4, expires_s=5.0)
        self.now = 0.0

    @rule(old=st.sampled_from("abcdef"), new=st.sampled_from("uvwxyz"), volatile=st.just(False))
    def learn(self, old: str, new: str, volatile: bool) -> None:
        before = self.store.old_of("", "order", new)
        found = self.store.learn(key(old), new, self.now, volatile=volatile)
        if found is Bond.broken_new:
            assert before not in (None, old)

    @rule(old=st.sampled_from("abcdef"))
    def use(self, old: str) -> None:
        new = self.store.new_of(key(old), self.now)
        if new is not None:
            assert self.store.old_of("", "order", str(new)) == old

    @rule(step=st.floats(0, 4))
    def wait(self, step: float) -> None:
        self.now += step

    @rule(old=st.sampled_from("abcdef"))
    def lose(self, old: str) -> None:
        self.store.lose(key(old))

    @invariant()
    def adds_up(self) -> None:
        pairs = self.store._pairs
        assert len(pairs) <= 4
        assert self.store.size_bytes == sum(pair.size_bytes for pair in pairs.values())
        assert {(k[0], k[1], str(p.new)): k[2] for k, p in pairs.items()} == self.store._olds
        assert not any(self.store.is_lost(k) for k in pairs)


Bijection.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBijection = Bijection.TestCase
