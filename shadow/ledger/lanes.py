"""What a lane's counters and acknowledgements become when they advance or are settled. Pure.

The sum of one lane: accepted = open + handed + sum(local), and each of the three is an outcome or in flight.
"""

from __future__ import annotations

import msgspec

from shadow.ledger.lanebook import LaneBook, fill
from shadow.records import Lane, Outcome

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
    if lane.closed and not final:
        final = True
        if lane.open:
            endings[LISTENER_LOST] = endings.get(LISTENER_LOST, 0) + lane.open
            local = lane.local | {LISTENER_LOST: lane.local.get(LISTENER_LOST, 0) + lane.open}
            lane = msgspec.structs.replace(lane, open=0, local=local)
    return msgspec.structs.replace(state, lane=lane, book=book, final=final), endings


def parse_ending(text: str) -> tuple[Outcome, str]:
    """Split `outcome(reason)`; a text that names no outcome counts as a mismatch with the text as reason, so that
    it is neither lost nor taken for good."""
    name, bracket, rest = text.partition("(")
    if name in Outcome.__members__ and (not bracket or rest.endswith(")")):
        return Outcome(name), rest.removesuffix(")")
    return Outcome.mismatch, text
