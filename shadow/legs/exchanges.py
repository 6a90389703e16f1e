"""Exchanges between the listeners and the comparers: the legs are asked, and what they answered is handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

from shadow.config.model import Config
from shadow.endpoints import EndpointMap
from shadow.ipc.messages import Handed
from shadow.ipc.wired import Answered, Carried
from shadow.legs.comparers import ComparerLink, Key, roomiest
from shadow.legs.contract import Contract
from shadow.legs.legs import Legs
from shadow.legs.rates import RouteRates
from shadow.legs.reask import Reask
from shadow.legs.statuses import Statuses
from shadow.legs.underway import UnderWay
from shadow.records import Leg, LegAnswer, LegState, Outcome


class Exchanges:
    """Those under way. One that has to wait for more than its answer gets a task, of the group `tasks`."""

    tasks: asyncio.TaskGroup

    def __init__(
        self, legs: Legs, contract: Contract, reask: Reask, statuses: Statuses, comparers: list[ComparerLink],
        *, changed: asyncio.Event, on_end: Callable[[Key, Outcome, str], None], on_over: Callable[[int], None],
    ) -> None:  # fmt: skip
        """`changed` is set when a comparer may have room. `on_end` is called for what ends without a comparer,
        `on_over` for whatever is under way no longer, with its size in bytes."""
        self._legs = legs
        self._contract = contract
        self._reask = reask
        self._statuses = statuses
        self._comparers = comparers
        self._changed = changed
        self._end = on_end
        self._on_over = on_over
        self._rates: RouteRates | None = None
        self._tails: dict[str, UnderWay] = {}
        self._own: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def use(self, config: Config, endpoints: EndpointMap) -> None:
        """Work by a configuration from now on."""
        self._endpoints = endpoints
        self._rates = RouteRates(config, self._rates)
        # Nearly all of them, mostly: only the answer is to be waited for, and a task would cost more than all the rest.
        self._is_quick = not self._rates and self._contract.is_plain

    def close(self) -> None:
        """Begin nothing more, and leave what waits."""
        self._is_closed = True
        for task in self._own:
            task.cancel()

    def start(self, key: Key, handed: Handed, size_bytes: int) -> None:
        """Ask for an exchange. One client's requests reach the legs one after the other. One whose candidate is left
        alone ends at once, if its client's turn has come: a flood of them must not cost what asking costs."""
        before = self._tails.get(handed.client)
        its_turn = before is None or before.is_answered
        if its_turn and self._is_quick and Leg.candidate in handed.legs and self._legs.leaves_alone(Leg.candidate):
            self._reask.saw_live(handed.primary)
            self._end(key, Outcome.shed, "breaker_open")
            self._on_over(size_bytes)
            return
        under = UnderWay(key, handed, size_bytes)
        self._tails[handed.client] = under
        if before is None or before.is_answered:
            self._begin(under)
        else:
            before.follower = under

    def _begin(self, under: UnderWay) -> None:
        handed = under.handed
        legs: tuple[Leg, ...] | None = None
        if self._is_quick:
            request = handed.request
            legs = self._reask.beside(handed.legs, request.method)
            if len(legs) == 1 and self._legs.ask_now(legs[0], request, partial(self._answered, under, legs)):
                return
        self._as_task(self._ask(under, legs))

    def _let_go(self, under: UnderWay) -> None:
        """The legs have answered, or never will: the client's next exchange may ask them."""
        under.is_answered = True
        follower, under.follower = under.follower, None
        if follower is not None and not self._is_closed:
            self._begin(follower)

    def _as_task(self, work: Coroutine[None, None, None]) -> None:
        task = self.tasks.create_task(work, name="exchange")
        self._own.add(task)
        task.add_done_callback(self._own.discard)

    def _answered(self, under: UnderWay, legs: tuple[Leg, ...], answer: Answered | None) -> None:
        """What was asked without a task ends without one, where a comparer has room."""
        if answer is None:
            self._as_task(self._ask(under, legs, fresh=True))
            return
        try:
            if legs[0] is Leg.candidate:
                self._reask.saw_live(under.handed.primary)
                self._look(under)
                carried = under.carried(answer, self._legs.secondary)
            else:
                answers = self._legs.all_of({legs[0]: answer.answer(legs[0])})
                self._saw(under, answers)
                carried = Carried.of(under.exchange(answers))
            self._let_go(under)
            comparer = roomiest(self._comparers)
            if comparer is None:
                self._as_task(self._pass_on(under, carried))
                return
            comparer.give(carried)
        except Exception as error:  # noqa: BLE001 - raised where the sender ends by it, not in a connection
            self._as_task(_raised(error))
            return
        self._over(under)

    async def _ask(self, under: UnderWay, legs: tuple[Leg, ...] | None, *, fresh: bool = False) -> None:
        """Ask `legs`, or those that are to be asked, and pass their answers on."""
        key, handed, request = under.key, under.handed, under.handed.request.copy()
        try:
            if self._rates and not await self._rates.admits(self._endpoints.route(request.method, request.target)):
                self._end(key, Outcome.shed, "rate_limited")
                return
            asking = await self._contract.requests(key, handed)
            if Leg.candidate in handed.legs and Leg.candidate not in asking.legs:
                self._end(key, Outcome.not_comparable, "identity_lost")
                return
            if legs is None:
                legs = self._reask.beside(asking.legs, request.method)
            answers = await self._legs.ask(legs, request, asking.instead, fresh=fresh)
            self._saw(under, answers)
            translations = self._contract.answered(key, handed, answers)
            self._let_go(under)
            if not self._was_left_alone(under, answers):
                asked = {leg: each for leg, each in asking.instead.items() if each is not request}
                await self._give(Carried.of(under.exchange(answers, translations, asked)))
        finally:
            self._over(under)

    def _saw(self, under: UnderWay, answers: dict[Leg, LegAnswer]) -> None:
        self._reask.saw(under.handed.primary.answer(Leg.primary), answers)
        self._look(under)

    def _look(self, under: UnderWay) -> None:
        request = under.handed.request
        self._statuses.look(self._legs.clients, lambda: self._endpoints.endpoint(request.method, request.target))

    def _was_left_alone(self, under: UnderWay, answers: dict[Leg, LegAnswer]) -> bool:
        """Whether the candidate should have been asked and was not: the exchange ends here."""
        result = answers[Leg.candidate].result
        if Leg.candidate not in under.handed.legs or result.state is not LegState.not_called:
            return False
        self._end(under.key, Outcome.shed, result.failure)
        return True

    def _over(self, under: UnderWay) -> None:
        client = under.handed.client
        if self._contract.arrivals:
            self._contract.abandoned(under.key)
        self._let_go(under)
        if self._tails.get(client) is under:
            del self._tails[client]
        self._on_over(under.size_bytes)

    async def _pass_on(self, under: UnderWay, carried: Carried) -> None:
        try:
            await self._give(carried)
        finally:
            self._over(under)

    async def _give(self, carried: Carried) -> None:
        """Hand over to the comparer with the least to do; waits while none has room."""
        while (comparer := roomiest(self._comparers)) is None:
            self._changed.clear()
            await self._changed.wait()
        comparer.give(carried)


async def _raised(error: Exception) -> None:
    raise error
