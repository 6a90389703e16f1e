"""Self-proof: put a mistake into a candidate's answer, compare again as ever, and see whether it is noticed.

A sampled exchange is compared once more with one mistake in it, by the same pipeline, with the rules and the noise in
force. What is not noticed is put down to what covered it (`rule:<id>`, `noise:<kind>`) or to a `limit:`.

Cannot see: faults of decoding (bodies are put in decoded), of the live path and of the senders; mistakes that no
mutation makes; places beyond the first 2,000 of a document.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from random import Random

import msgspec

from shadow.bodies.decode import Decoded, TooLargeError, UndecodableError, decode, media_of
from shadow.bodies.parse import NotJsonError, parse, to_text
from shadow.compare.body import is_json
from shadow.compare.deadline import DeadlineError, run_within
from shadow.compare.found import Found
from shadow.compare.headers import PRESENT_ONLY, UNSEEN
from shadow.compare.judged import Comparison
from shadow.compare.mutations import BODY_MUTATIONS, OTHER_MUTATIONS, mutate
from shadow.compare.outcome import has_body
from shadow.compare.showing import Judged
from shadow.compare.slips import is_loose, slip
from shadow.config.model import Compare
from shadow.paths import Segments
from shadow.records import Disposition, Exchange, Observation, Outcome, Proof, ResponseCopy

CPU_SHARE_RATIO = 0.05
"""Of a comparer's CPU time, what self-proof may take; beyond it nothing is sampled until there is room again."""

_FREE_S = 0.25
_COMPARED = frozenset((Outcome.mismatch, Outcome.expected, Outcome.noise_only, Outcome.match))
_FRAMING = frozenset((b"content-length", b"content-encoding", b"content-type"))
_NAMES = (*BODY_MUTATIONS, *OTHER_MUTATIONS)
_MAX_TURNS = 2_000

Mistake = tuple[ResponseCopy, Segments | None]
"""An answer with a mistake in it, and where in the body that is; None: elsewhere."""

Again = Callable[[ResponseCopy, ResponseCopy], Comparison]
"""Compare two answers of the same exchange, learning nothing."""


class SelfProof:
    """Samples exchanges and proves the comparison on them, within its share of the CPU."""

    def __init__(self, limits: Compare, cpu: Callable[[], float] = time.process_time) -> None:
        self._limits = limits
        self._cpu = cpu
        self._began = cpu()
        self._spent_s = 0.0
        self._turns: OrderedDict[str, int] = OrderedDict()

    def prove(
        self, exchange: Exchange, observation: Observation, in_old_terms: Callable[[Exchange], Exchange], again: Again
    ) -> Observation:
        """Return the observation with its proof, or as it is where it was not sampled or nothing could be put in.

        `in_old_terms` gives the exchange as it is compared, its shadow answers in the words of the old contract."""
        if observation.outcome not in _COMPARED or not self._is_due(exchange):
            return observation
        started = self._cpu()
        try:
            proof = self._proof(in_old_terms(exchange), observation, again)
        except Exception:  # noqa: BLE001 - what breaks here is a miss of the proof, and none of the exchange
            proof = Proof(mutation="self_proof", by="limit:self_proof_failed")
        finally:
            self._spent_s += self._cpu() - started
        return observation if proof is None else msgspec.structs.replace(observation, proofs=(proof,))

    def _is_due(self, exchange: Exchange) -> bool:
        ratio = self._limits.self_proof_ratio
        if ratio <= 0.0:
            return False
        # Spread evenly over the numbers of a lane, the same ones whenever it is asked.
        if (exchange.seq * 2_654_435_761 % 2**32) / 2**32 >= ratio:
            return False
        return self._spent_s <= _FREE_S + CPU_SHARE_RATIO * (self._cpu() - self._began)

    def _proof(self, exchange: Exchange, observation: Observation, again: Again) -> Proof | None:
        old, new = exchange.primary.response, exchange.candidate.response
        if old is None or new is None or old.status != new.status:
            return None
        random = Random(f"{exchange.lane}:{exchange.seq}")  # noqa: S311 - which mistake is made is no secret
        opened = _opened(exchange, old, new, self._limits)
        if opened is None:
            return None
        old, new, documents = opened
        name, mistake = self._mistake(observation.endpoint, old, new, documents, random)
        if mistake is None:
            return None
        wrong, place = mistake
        try:
            after = run_within(self._limits.deadline_s, lambda: again(old, wrong))
        except DeadlineError:
            return Proof(mutation=name, by="limit:deadline")
        if observation.outcome is not Outcome.mismatch and (after.full or _open(after.judged)):
            return Proof(mutation=name, detected=True)  # nothing was open before
        before = run_within(self._limits.deadline_s, lambda: again(old, new))
        return verdict(name, before, after, place)

    def _mistake(
        self, endpoint: str, old: ResponseCopy, new: ResponseCopy, documents: tuple[object, object] | None,
        random: Random,
    ) -> tuple[str, Mistake | None]:
        """Return the next mistake in turn that fits this answer."""
        turn = self._turns.pop(endpoint, random.randrange(len(_NAMES)))
        if len(self._turns) >= _MAX_TURNS:
            self._turns.popitem(last=False)
        for step in range(1, len(_NAMES) + 1):
            name = _NAMES[(turn + step) % len(_NAMES)]
            wrong = _with_mistake(name, old, new, documents, random, self._limits)
            if wrong is not None:
                self._turns[endpoint] = (turn + step) % len(_NAMES)
                return name, wrong
        self._turns[endpoint] = turn
        return "", None


def verdict(name: str, before: Comparison, after: Comparison, place: Segments | None = None) -> Proof | None:
    """Return whether a mistake was noticed: an open difference that was not there before. Where it was not, `by` says
    what covered the difference that it made, or that it made none. None where the answer was found wrong at this place
    already: a second mistake there proves nothing."""
    known = {_key(each.found) for each in _open(before.judged)}
    fresh = [each for each in _open(after.judged) if _key(each.found) not in known]
    if fresh or (after.full and not before.full):
        return Proof(mutation=name, detected=True)
    if place is not None and any(_is_near(each.found, place) for each in _open(before.judged)):
        return None
    if after.ending.outcome is Outcome.not_comparable:
        return Proof(mutation=name, by=f"limit:{after.ending.reason}")
    earlier = {(_key(each.found), repr(each.found.new)) for each in before.judged}
    for each in after.judged:
        if each.disposition is not Disposition.open and (_key(each.found), repr(each.found.new)) not in earlier:
            what = "noise" if each.disposition is Disposition.noise else "rule"
            return Proof(mutation=name, by=f"{what}:{each.by}")
    return Proof(mutation=name, by="limit:unseen")


def _open(judged: Iterable[Judged]) -> list[Judged]:
    return [each for each in judged if each.disposition is Disposition.open]


def _is_near(found: Found, place: Segments) -> bool:
    """Tell whether a difference is at a place, above it or below it, whatever the indexes: lists may have moved."""
    if found.area != "body":
        return False
    one, other = ([step for step in steps if isinstance(step, str)] for steps in (found.segments or (), place))
    return all(a == b for a, b in zip(one, other, strict=False))


def _key(found: Found) -> tuple[object, ...]:
    return found.kind, found.area, found.segments, found.note if found.segments is None else ""


def _opened(
    exchange: Exchange, old: ResponseCopy, new: ResponseCopy, limits: Compare
) -> tuple[ResponseCopy, ResponseCopy, tuple[object, object] | None] | None:
    """Return both answers without their content-encoding, and their documents where both are JSON in UTF-8."""
    if not has_body(exchange.request.method, old):
        return old, new, None
    try:
        first = decode(old.headers, old.body, limits.max_decoded_bytes)
        second = decode(new.headers, new.body, limits.max_decoded_bytes)
    except (UndecodableError, TooLargeError):
        return None
    documents = None
    if all(is_json(each) and each.charset in ("", "utf-8") for each in (first, second)):
        try:
            documents = parse(second.data, second.charset), parse(first.data, first.charset)
        except (NotJsonError, RecursionError):
            documents = None
    return _plain(old, first), _plain(new, second), documents


def _plain(response: ResponseCopy, body: Decoded) -> ResponseCopy:
    headers = tuple((k, v) for k, v in response.headers if k.lower() not in (b"content-encoding", b"content-length"))
    return msgspec.structs.replace(response, headers=headers, body=body.data)


def _with_mistake(
    name: str, old: ResponseCopy, new: ResponseCopy, documents: tuple[object, object] | None, random: Random,
    limits: Compare,
) -> Mistake | None:  # fmt: skip
    if name == "change_status":
        return msgspec.structs.replace(new, status=500 if new.status < 500 else 200), None
    if name == "drop_header":
        names = sorted({k.lower() for k, _ in new.headers} - UNSEEN - PRESENT_ONLY - _FRAMING)
        if not names:
            return None
        gone = random.choice(names)
        return msgspec.structs.replace(new, headers=tuple((k, v) for k, v in new.headers if k.lower() != gone)), None
    if name == "wrong_bytes":
        if documents is not None or not new.body or is_loose(media_of(new.headers)[0]):
            return None
        at = random.randrange(len(new.body))
        return msgspec.structs.replace(new, body=new.body[:at] + _other(new.body[at]) + new.body[at + 1 :]), ()
    if documents is None:
        return _slipped(name, old, new, random, limits)
    try:
        found = mutate(name, *documents, random)
    except (RecursionError, ArithmeticError):
        return None
    if found is None:
        return None
    return msgspec.structs.replace(new, body=to_text(found[0]).encode("utf-8", "surrogatepass")), found[1]


def _slipped(name: str, old: ResponseCopy, new: ResponseCopy, random: Random, limits: Compare) -> Mistake | None:
    """Return an answer that is no JSON with a mistake of this name in its body."""
    if not new.body:
        return None
    wrong = slip(name, decode(new.headers, new.body, limits.max_decoded_bytes), random)
    return None if wrong is None or wrong == old.body else (msgspec.structs.replace(new, body=wrong), ())


def _other(byte: int) -> bytes:
    """Return another letter or digit for one, so that text stays text; another byte for any other."""
    return b"x" if 48 <= byte < 123 and byte != 120 else bytes([byte ^ 1])
