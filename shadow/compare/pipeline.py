"""The comparer: one exchange in, one observation out; never raises for any input, and ends in time."""

from __future__ import annotations

import msgspec

from shadow.bodies.decode import TooLargeError, UndecodableError
from shadow.compare.answers import collapse_error
from shadow.compare.body import undecodable
from shadow.compare.builds import Builds
from shadow.compare.deadline import DeadlineError, run_within
from shadow.compare.deep import load
from shadow.compare.expected import limits_by_endpoint
from shadow.compare.features import request_bytes, sampled_features
from shadow.compare.found import Found, LimitError
from shadow.compare.headers import HeaderRules
from shadow.compare.heavy import Answers
from shadow.compare.itself import Itself, against_itself, alarm_names
from shadow.compare.judged import Comparison
from shadow.compare.noise import Here, NoiseMemory
from shadow.compare.old_terms import OldTerms
from shadow.compare.opened import Opener
from shadow.compare.outcome import Ending, end_after_comparing, end_before_comparing, has_body
from shadow.compare.rules import RuleBook
from shadow.compare.selfproof import SelfProof
from shadow.compare.showing import Judged, Showing
from shadow.config.model import Config
from shadow.config.rulebook import rulebook_digest, rulebook_of
from shadow.endpoints import EndpointMap
from shadow.records import (
    ITSELF,
    Difference,
    Disposition,
    Exchange,
    Kind,
    LegAnswer,
    LegResult,
    Observation,
    Outcome,
    ResponseCopy,
)
from shadow.redact import Redactor

_NOT_COMPARED = frozenset((Outcome.not_comparable, Outcome.candidate_failed, Outcome.primary_failed))
# A member of an enumeration costs more to look up than to compare.
_BAD = frozenset((Outcome.mismatch, Outcome.candidate_failed))
_OPEN, _EXPECTED, _NOISE = Disposition.open, Disposition.expected, Disposition.noise
_ORDER = Kind.order
_MOST_HOSTS = 1024


class Comparer:
    """Compares exchanges. Deterministic in its inputs and in the noise it has seen before.

    Cannot see: what the stages it is made of cannot see, each says so in its own docstring.
    """

    def __init__(
        self, config: Config, endpoints: EndpointMap, redactor: Redactor, noise: NoiseMemory | None = None
    ) -> None:
        """Compile the rules and load what comparing may need. Raises ConfigError where a rule is wrong.

        `noise` is what a comparer before this one has seen; without it, learning begins anew."""
        load()
        self._limits = config.compare
        self._max_body_bytes = config.mirror.max_body_bytes
        self._endpoints = endpoints
        self._old_terms = OldTerms(config, endpoints)
        self._redactor = redactor
        self._rules = RuleBook(config.compare.rules, config.compare.unordered)
        self._self_proof = SelfProof(config.compare)
        self._itself: Itself | None = None
        self._rules_digest = rulebook_digest(rulebook_of(config.compare))
        self.noise = noise if noise is not None else NoiseMemory()
        self.noise.use(config.compare.noise, is_secret=lambda segments: bool(redactor.label_at(segments)))
        self._answers = Answers(config.compare, limits_by_endpoint(config, endpoints))
        self._showing = Showing(redactor, config.compare)
        legs = (config.primary, config.candidate, *((config.secondary,) if config.secondary else ()))
        origins = tuple(leg.url.rstrip("/").lower().encode() for leg in legs)
        self._builds = Builds(config)
        volatile = self._builds.headers | {n.lower().encode("latin-1") for n in config.compare.volatile_headers}
        self._header_rules_of_none = HeaderRules(volatile=volatile, origins=origins)
        self._header_rules_by_host: dict[bytes, HeaderRules] = {}

    def close(self) -> None:
        """Give back what the comparer holds; another may take its place."""
        self._answers.close()

    def observe(self, exchange: Exchange) -> Observation:
        """Compare the answers of one exchange; every fault of the comparison itself becomes a failing outcome."""
        endpoint = "_OTHER _other"
        done: list[Observation] = []
        try:
            endpoint = self._endpoints.endpoint(exchange.request.method, exchange.request.target)
            observation = run_within(self._limits.deadline_s, lambda: self._observe(exchange, endpoint, done))
            return self._self_proof.prove(
                exchange, observation, self._old_terms.of, lambda a, b: self._again(exchange, endpoint, a, b)
            )
        except DeadlineError:
            # What was decided in time stands, if without an example.
            return done[0] if done else self._failed(exchange, endpoint, Outcome.not_comparable, "deadline")
        except Exception as error:  # noqa: BLE001 - the funnel: whatever breaks here counts against parity
            return self._failed(exchange, endpoint, Outcome.mismatch, type(error).__name__)

    def open_differences(self, exchange: Exchange) -> list[Found] | None:
        """Return what is open between the answers of a second look, which has no secondary and teaches nothing; None
        where they cannot be compared. Takes as long as it takes."""
        endpoint = self._endpoints.endpoint(exchange.request.method, exchange.request.target)
        comparison = self._compare(exchange, endpoint)
        if comparison.full or comparison.ending.outcome in _NOT_COMPARED:
            return None
        return [each.found for each in comparison.judged if each.disposition is Disposition.open]

    def between(self, exchange: Exchange, one: LegAnswer, other: LegAnswer) -> list[Found]:
        """Return what differs between two answers to a request, whatever rules and noise say.

        Raises ValueError where they cannot be compared."""
        if one.response is None or other.response is None:
            raise ValueError("there is no answer to compare")
        rules, opener = self._header_rules(exchange), Opener(self._limits.max_decoded_bytes)
        method = exchange.request.method
        endpoint = self._endpoints.endpoint(method, exchange.request.target)
        try:
            diff = self._answers.compare(method, one.response, other.response, rules, opener, endpoint)
        except (UndecodableError, TooLargeError, LimitError) as error:
            raise ValueError(str(error)) from error
        return diff.found

    def in_old_terms(self, exchange: Exchange) -> Exchange:
        """Return an exchange as its answers are compared."""
        return self._old_terms.of(exchange)

    def _observe(self, exchange: Exchange, endpoint: str, done: list[Observation]) -> Observation:
        comparison = self._compare(exchange, endpoint)
        ending = comparison.ending
        bad = ending.outcome in _BAD
        differences: tuple[Difference, ...] = ()
        shown = False
        if comparison.judged or bad:
            shown = self._showing.grants(endpoint, ending, comparison.judged, exchange.started_at)
            differences = self._showing.differences(comparison.judged, shown=shown)
        observation = Observation(
            lane=exchange.lane,
            seq=exchange.seq,
            started_at=exchange.started_at,
            endpoint=endpoint,
            outcome=ending.outcome,
            reason=ending.reason,
            legs=self._legs(exchange),
            differences=differences,
            secondary_differs=comparison.itself.differs if comparison.itself is not None else None,
            itself=alarm_names(comparison.itself, redactor=self._redactor),
            is_cut=comparison.full or len(comparison.judged) > self._limits.max_differences,
            rules=self._rules_digest,
            features=sampled_features(self._redactor, exchange, is_bad=bad),
            request_bytes=request_bytes(exchange.request) if bad else 0,
        )
        if not (bad and shown):
            return observation
        done.append(observation)
        return msgspec.structs.replace(observation, example=self._showing.example(exchange, observation.differences))

    def _compare(self, exchange: Exchange, endpoint: str) -> Comparison:
        exchange = self._old_terms.of(exchange)
        if exchange.candidate.result.failure == ITSELF:
            rules, opener = self._header_rules(exchange), Opener(self._limits.max_decoded_bytes)
            itself = self._against_secondary(exchange, endpoint, rules, opener)
            return Comparison(Ending(outcome=Outcome.skipped, reason=ITSELF), [], itself)
        early = end_before_comparing(exchange, self._max_body_bytes)
        if early is None and self._old_terms.is_lost(exchange):
            early = Ending(outcome=Outcome.not_comparable, reason="identity_lost")
        if early is not None:
            return Comparison(early, [], None)
        old, new = exchange.primary.response, exchange.candidate.response
        assert old is not None and new is not None
        header_rules = self._header_rules(exchange)
        opener = Opener(self._limits.max_decoded_bytes)
        itself = self._itself = self._against_secondary(exchange, endpoint, header_rules, opener)
        return self._settle(exchange, endpoint, old, new, header_rules, opener, itself)

    def _again(self, exchange: Exchange, endpoint: str, old: ResponseCopy, new: ResponseCopy) -> Comparison:
        """Compare other answers of the exchange that was compared last."""
        assert self._itself is not None
        opener = Opener(self._limits.max_decoded_bytes)
        return self._settle(exchange, endpoint, old, new, self._header_rules(exchange), opener, self._itself)

    def _settle(
        self, exchange: Exchange, endpoint: str, old: ResponseCopy, new: ResponseCopy, header_rules: HeaderRules,
        opener: Opener, itself: Itself,
    ) -> Comparison:  # fmt: skip
        """Compare two whole answers and judge what differs. Learns nothing: it may be asked with made-up answers."""
        try:
            diff = self._answers.compare(exchange.request.method, old, new, header_rules, opener, endpoint)
        except UndecodableError as error:
            told = [Judged(each, Disposition.open, "") for each in undecodable(error)]
            return Comparison(Ending(outcome=Outcome.not_comparable, reason="undecodable"), told, itself)
        except TooLargeError:
            return Comparison(Ending(outcome=Outcome.not_comparable, reason="too_large"), [], itself)
        except (LimitError, RecursionError):
            return Comparison(Ending(outcome=Outcome.not_comparable, reason="limit"), [], itself)
        found = self._old_terms.with_broken(exchange, diff.found)
        at = exchange.started_at
        renamed = self._rules.renamed(endpoint, found, at) if found else {}
        judged = [
            Judged(each, _EXPECTED, renamed[index])
            if index in renamed
            else self._judge(exchange, endpoint, each, itself.here)
            for index, each in enumerate(found)
        ]
        if judged and old.status >= 400 and old.status == new.status:
            judged = self._collapse_error(exchange, endpoint, judged, old, new)
        met = {each.by for each in judged}
        is_whole = old.status == new.status
        with_body = is_whole and has_body(exchange.request.method, old)
        missing = self._rules.unmet(endpoint, old.status, at, met, with_headers=is_whole, with_body=with_body)
        for missed, rule in missing:
            judged.append(Judged(missed, Disposition.open, rule))
        # Another order of headers is told and decides nothing: such answers match.
        counted = (each.disposition for each in judged if each.found.area != "header" or each.found.kind is not _ORDER)
        ending = end_after_comparing(counted, full=diff.full)
        return Comparison(ending, judged, itself, diff.full)

    def _against_secondary(
        self, exchange: Exchange, endpoint: str, header_rules: HeaderRules, opener: Opener
    ) -> Itself:
        def find(old: ResponseCopy, new: ResponseCopy) -> tuple[list[Found], bool]:
            diff = self._answers.compare(exchange.request.method, old, new, header_rules, opener, endpoint)
            at = exchange.started_at
            return [each for each in diff.found if self._rules.cover(endpoint, each, at) is None], diff.full

        answer = exchange.secondary
        second = self._builds.build_of(answer) if answer is not None else ""
        builds = (self._builds.build_of(exchange.primary), second)
        return against_itself(
            exchange, endpoint, self.noise, find, builds=builds, max_body_bytes=self._max_body_bytes
        )

    def _judge(self, exchange: Exchange, endpoint: str, found: Found, here: Here) -> Judged:
        covered = self._rules.cover(endpoint, found, exchange.started_at)
        if covered is not None:
            return Judged(found, *covered)
        noise, beyond = self.noise.judge(endpoint, found, here)
        if beyond:
            found = msgspec.structs.replace(found, note=f"{found.note}; {beyond}".removeprefix("; "))
        return Judged(found, _NOISE if noise else _OPEN, noise)

    def _collapse_error(
        self, exchange: Exchange, endpoint: str, judged: list[Judged], old: ResponseCopy, new: ResponseCopy
    ) -> list[Judged]:
        """Make one difference of all open ones in the bodies of two equally failing answers."""
        inner = [each.found for each in judged if each.found.area == "body" and each.disposition is Disposition.open]
        if not inner:
            return judged
        rest = [each for each in judged if each.found.area != "body" or each.disposition is not Disposition.open]
        whole = collapse_error(inner, old, new, self._limits)
        covered = self._rules.cover(endpoint, whole, exchange.started_at)
        return [*rest, Judged(whole, *(covered or (Disposition.open, "")))]

    def _failed(self, exchange: Exchange, endpoint: str, outcome: Outcome, reason: str) -> Observation:
        differences: tuple[Difference, ...] = ()
        if outcome is Outcome.mismatch:
            note = f"the comparison itself failed: {reason}"
            differences = (Difference(kind=Kind.compare_error, path="compare", group="compare", note=note),)
        return Observation(
            lane=exchange.lane,
            seq=exchange.seq,
            started_at=exchange.started_at,
            endpoint=endpoint,
            outcome=outcome,
            reason=reason,
            legs=self._legs(exchange),
            differences=differences,
        )

    def _legs(self, exchange: Exchange) -> tuple[LegResult, ...]:
        answers = (exchange.primary, exchange.candidate, exchange.secondary)
        return tuple(self._builds.named(answer) for answer in answers if answer is not None)

    def _header_rules(self, exchange: Exchange) -> HeaderRules:
        host = b""
        for name, value in exchange.request.headers:
            if len(name) == 4 and name.lower() == b"host":
                host = value.lower()
                break
        if not host:
            return self._header_rules_of_none
        rules = self._header_rules_by_host.get(host)
        if rules is None:
            if len(self._header_rules_by_host) >= _MOST_HOSTS:
                self._header_rules_by_host.clear()
            plain = self._header_rules_of_none
            origins = (*plain.origins, b"http://" + host, b"https://" + host)
            rules = self._header_rules_by_host[host] = msgspec.structs.replace(plain, origins=origins)
        return rules
