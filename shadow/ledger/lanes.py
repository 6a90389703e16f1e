"""What a lane's counters and acknowledgements become when they advance or are settled. Pure.

The sum of one lane: accepted = open + handed + sum(local), and each of the three is an outcome or in flight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from shadow.ledger.evidence import LaneRow
from shadow.ledger.lanebook import LaneBook, acknowledged, add, fill
from shadow.records import Lane, Observation, Outcome

LISTENER_LOST = "shed(listener_lost)"

Endings = dict[str, int]
"""New endings without an observation: `outcome(reason)` -> how many."""


class LaneState(msgspec.Struct, frozen=True, kw_only=True):
    """A lane as the ledger holds it.

    `known` is False while only observations of the lane arrived, never its counters. `final` is True once the lane
    was closed and its open requests were settled: counters that arrive later are old news.
    """

    lane: Lane
    book: LaneBook = LaneBook()
    known: bool = False
    final: bool = False


def advance(state: LaneState, lane: Lane) -> tuple[LaneState, Endings]:
    """Take over newer counters; return the state and the local endings that are new since the last ones.

    Counters only grow: a reading that is older than the stored one changes nothing.
    """
    held = state.lane
    if state.final or (held.closed and not lane.closed) or lane.accepted < held.accepted or lane.handed < held.handed:
        return state, {}
    grown = {key: n - held.local.get(key, 0) for key, n in lane.local.items() if n > held.local.get(key, 0)}
    local = {key: held.local.get(key, 0) + grown.get(key, 0) for key in held.local | grown}
    started_at = held.started_at if state.known else lane.started_at
    taken = msgspec.structs.replace(lane, local=local, started_at=started_at)
    return msgspec.structs.replace(state, lane=taken, known=True), grown


def settle(state: LaneState, *, below: int | None, reason: str) -> tuple[LaneState, Endings]:
    """Give up on what is handed and not acknowledged (numbers < `below` if given): it becomes `shed(reason)`.

    The open requests of a closed lane become `shed(listener_lost)`: nobody is left to end them.
    """
    through = state.lane.handed if below is None else min(state.lane.handed, below - 1)
    book, lost = fill(state.book, through)
    endings = {f"shed({reason})": lost} if lost else {}
    lane, final = state.lane, state.final
    if lane.closed:
        final = True
        if lane.open:
            endings[LISTENER_LOST] = endings.get(LISTENER_LOST, 0) + lane.open
            local = lane.local | {LISTENER_LOST: lane.local.get(LISTENER_LOST, 0) + lane.open}
            lane = msgspec.structs.replace(lane, open=0, local=local)
    return msgspec.structs.replace(state, lane=lane, book=book, final=final), endings


def take_in(
    observations: Sequence[Observation], held: Mapping[str, LaneState], touched: dict[str, LaneState]
) -> list[Observation]:
    """Acknowledge observations in `touched`, and return those that count: of several with one (lane, seq), ever,
    only the first. Raises ValueError for a sequence number below 1."""
    seqs: dict[str, list[int]] = {}
    for observation in observations:
        seqs.setdefault(observation.lane, []).append(observation.seq)
    left: dict[str, set[int]] = {}
    for name, numbers in seqs.items():
        state = held.get(name) or LaneState(lane=Lane(lane=name, started_at=0.0))
        book, fresh = add(state.book, numbers)
        touched[name] = msgspec.structs.replace(state, book=book)
        left[name] = set(fresh)
    distinct = []
    for observation in observations:
        fresh_seqs = left[observation.lane]
        if observation.seq in fresh_seqs:
            fresh_seqs.remove(observation.seq)
            distinct.append(observation)
    return distinct


def state_of(held: Mapping[str, LaneState], lane: Lane) -> LaneState:
    """Return what is held of a lane; nothing yet for a new one."""
    return held.get(lane.lane) or LaneState(lane=Lane(lane=lane.lane, started_at=lane.started_at))


def in_flight(state: LaneState) -> int:
    """Return what a lane still owes. A closed lane owes nothing, and neither does one whose counters never came: what
    they lack or have too much must show in the sum. Below zero for a moment where acknowledgements overtook counters.
    """
    if state.lane.closed or not state.known:
        return 0
    return state.lane.open + state.lane.handed - acknowledged(state.book)


def row_of(state: LaneState) -> LaneRow:
    """Return a lane as readers see it."""
    return LaneRow(lane=state.lane, acked=acknowledged(state.book), settled_local=sum(state.lane.local.values()))


def parse_ending(text: str) -> tuple[Outcome, str]:
    """Split `outcome(reason)`; a text that names no outcome counts as a mismatch with the text as reason, so that
    it is neither lost nor taken for good."""
    name, bracket, rest = text.partition("(")
    if name in Outcome.__members__ and (not bracket or rest.endswith(")")):
        return Outcome(name), rest.removesuffix(")")
    return Outcome.mismatch, text
