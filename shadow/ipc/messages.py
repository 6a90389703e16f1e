"""The messages on each link.

    listener -> sender      Hello, Handed, Note
    sender -> comparer      Carried (of shadow.ipc.wired)
    comparer -> sender      Settled, LookAgain
    sender, comparer -> keeper   Joined, Report (an observation), Resume, LegStatus, Reasked, Taught, Decided
    keeper -> sender, comparer   Committed, Taught, Known
"""

from __future__ import annotations

import msgspec

from shadow.ipc.wired import Answered, Asked
from shadow.learnt.book import Learnt
from shadow.records import Leg, Observation, Outcome, RequestCopy
from shadow.triage import Triaged


class Hello(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="hello"):
    """First on every link from a listener: whose exchanges follow, and the first sequence number among them.
    Smaller ones that never arrived were lost with the previous sender."""

    lane: str
    first_seq: int


class Handed(msgspec.Struct, frozen=True, array_like=True, tag="handed"):
    """A live exchange to be mirrored to `legs`."""

    seq: int
    started_at: float
    client: str
    legs: tuple[Leg, ...]
    request: Asked
    primary: Answered


class Note(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="note"):
    """A live exchange that is not mirrored: its outcome is decided already."""

    seq: int
    started_at: float
    method: str
    target: bytes
    outcome: Outcome
    reason: str
    status: int = 0
    duration_s: float = 0.0


class Settled(msgspec.Struct, frozen=True, kw_only=True, tag="settled"):
    """The ledger has these sequence numbers of these lanes: the sender may forget them."""

    seqs: tuple[tuple[str, int], ...]


class LookAgain(msgspec.Struct, frozen=True, kw_only=True, tag="look"):
    """A comparer found a mismatch and wants two second looks; each comes back as an exchange with its `look`. `asked`
    has the requests of legs that were asked otherwise than the primary."""

    lane: str
    seq: int
    client: str
    request: RequestCopy
    asked: dict[Leg, RequestCopy] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """An observation for the ledger."""

    observation: Observation


class Resume(msgspec.Struct, frozen=True, kw_only=True, tag="resume"):
    """A sender took over a lane: what lies below `first_seq` and never arrives was lost with its predecessor."""

    lane: str
    first_seq: int


class Joined(msgspec.Struct, frozen=True, kw_only=True, tag="joined"):
    """First on every link to the keeper: who speaks on it, `sender 0`."""

    who: str


class LegStatus(msgspec.Struct, frozen=True, kw_only=True, tag="leg_status"):
    """A sender's breaker for a leg changed. `trips_total` counts from the start of that sender; `endpoint` is that of
    the call which tripped it, empty where none did."""

    leg: Leg
    breaker: str
    trips_total: int = 0
    endpoint: str = ""


class Reasked(msgspec.Struct, frozen=True, kw_only=True, tag="reasked"):
    """What a sender has asked again since it began: requests by purpose, those refused by reason, stops by reason, and
    whether it is stopped now."""

    asked: dict[str, int] = {}
    refused: dict[str, int] = {}
    stops: dict[str, int] = {}
    stopped: bool = False


class Taught(msgspec.Struct, frozen=True, kw_only=True, tag="taught"):
    """What a comparer learnt of noise since it last said so; the keeper tells the other comparers."""

    learnt: tuple[Learnt, ...]


class Known(msgspec.Struct, frozen=True, kw_only=True, tag="known"):
    """All that the ledger knows of noise at these endpoints, to a comparer that has just connected."""

    learnt: tuple[Learnt, ...]


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag="decided"):
    """The triage of a mismatch that was reported before."""

    triaged: Triaged


class Committed(msgspec.Struct, frozen=True, kw_only=True, tag="committed"):
    """These observations and decisions are in the ledger: whoever sent them may forget them."""

    seqs: tuple[tuple[str, int], ...] = ()
    triaged: tuple[tuple[str, int], ...] = ()


tee_decoder: msgspec.msgpack.Decoder[Hello | Handed | Note] = msgspec.msgpack.Decoder(Hello | Handed | Note)
settled_decoder: msgspec.msgpack.Decoder[Settled | LookAgain] = msgspec.msgpack.Decoder(Settled | LookAgain)
ToKeeper = Joined | Report | Resume | LegStatus | Taught | Decided | Reasked
keeper_decoder: msgspec.msgpack.Decoder[ToKeeper] = msgspec.msgpack.Decoder(ToKeeper)
committed_decoder: msgspec.msgpack.Decoder[Committed | Taught | Known] = msgspec.msgpack.Decoder(
    Committed | Taught | Known
)
