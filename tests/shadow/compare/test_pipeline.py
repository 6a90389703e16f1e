"""The comparer as a whole: how each kind of exchange ends, and what its record says."""

from __future__ import annotations

import gzip
import itertools
import json
import signal
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Primary, Redact, Rule, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.records import Disposition, Exchange, Kind, LegState, Observation, Outcome, Triage
from shadow.redact import Redactor
from tests.shadow.compare.made import JSON, answer, exchange, failed, pair

Build = Callable[..., Comparer]
RULE = Rule(
    id="r1",
    endpoint="GET /orders/{id}",
    path="$.v",
    owner="ann",
    reason="known",
    created="2026-01-01",
    expires="2026-12-31",
)


def brief(seen: Observation) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Return outcome, reason and the differences as kind, path and disposition."""
    return (
        seen.outcome.value,
        seen.reason,
        [(each.kind.value, each.path, each.disposition.value) for each in seen.differences],
    )


GZIP = ((b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip"))
P, C = "primary", "candidate"


@pytest.mark.parametrize(
    ("given_exchange", "want"),
    [
        (pair({"a": 1}, {"a": 1}), ("match", "", [])),
        (exchange(answer(P, body=b'{"a":1,"b":2}'), answer(C, body=b'{"b": 2, "a": 1}')), ("match", "", [])),
        (pair({"a": 1}, {"a": 2}), ("mismatch", "", [("value", "body:$.a", "open")])),
        (
            exchange(answer(P, 200, {"a": 1}), answer(C, 404, {"b": 1}, ())),
            ("mismatch", "", [("status", "status", "open")]),
        ),
        (exchange(answer(P), failed(C, "connect")), ("candidate_failed", "connect", [])),
        (exchange(answer(P), failed(C, "")), ("candidate_failed", "unknown", [])),
        (exchange(failed(P), answer(C)), ("primary_failed", "timeout", [])),
        (exchange(failed(P), failed(C)), ("primary_failed", "timeout", [])),
        (exchange(answer(P), failed(C, "", LegState.not_called)), ("not_comparable", "leg_missing", [])),
        (
            exchange(answer(P, body=b"x" * 9, complete=False, body_bytes=99), answer(C)),
            ("not_comparable", "too_large", []),
        ),
        (exchange(answer(P), answer(C, body=b"x", complete=False)), ("not_comparable", "truncated", [])),
        (exchange(answer(P), answer(C), complete=False), ("not_comparable", "too_large", [])),
        (exchange(answer(P), answer(C, 500, complete=False)), ("mismatch", "", [("status", "status", "open")])),
        (exchange(answer(P, 200, b"x", GZIP), answer(C, 200, b"y", GZIP)), ("not_comparable", "undecodable", [])),
        (
            exchange(answer(P, 200, gzip.compress(b"1"), GZIP), answer(C, 200, b"y", GZIP)),
            ("mismatch", "", [("encoding", "body", "open")]),
        ),
        (
            exchange(answer(P, 200, {"a": 1}), answer(C, 200, gzip.compress(b'{"a":1}'), GZIP)),
            ("mismatch", "", [("header", "header:content-encoding", "open")]),
        ),
        (
            exchange(answer(P, 200, gzip.compress(bytes(2000)), GZIP), answer(C, 200, b"1")),
            ("not_comparable", "too_large", []),
        ),
        (
            exchange(answer(P, 200, gzip.compress(b"1"), ()), answer(C, 200, gzip.compress(b"1"), GZIP[1:])),
            ("mismatch", "", [("header", "header:content-encoding", "open"), ("type", "body", "open")]),
        ),
        (
            pair({"error": "x", "b": 1}, {"detail": "x"}, status=404),
            ("mismatch", "", [("error-body", "body", "open")]),
        ),
        (pair({"error": "x"}, {"error": "x"}, status=404), ("match", "", [])),
        (exchange(answer(P, 200, b"a", ()), answer(C, 200, b"b", ()), method="HEAD"), ("match", "", [])),
        (
            exchange(answer(P, 200, b"", ((b"X-A", b"1"),)), answer(C, 200, b"", ()), method="HEAD"),
            ("mismatch", "", [("header", "header:x-a", "open")]),
        ),
        (exchange(answer(P, 204, b"a"), answer(C, 204, b"b")), ("match", "", [])),
        (exchange(answer(P, 304, b"a"), answer(C, 304, b"b")), ("match", "", [])),
        (pair({"a": 1}, b""), ("mismatch", "", [("missing", "body", "open")])),
        (pair(b"", {"a": 1}), ("mismatch", "", [("extra", "body", "open")])),
        (pair({"a": 1}, b"<html>"), ("mismatch", "", [("type", "body", "open")])),
        (pair(b"<a>", b"<b>"), ("not_comparable", "undecodable", [("encoding", "body", "open")])),
        (pair(b"\xef\xbb\xbf[1]", b"[1]"), ("mismatch", "", [("encoding", "body", "open")])),
        (
            exchange(
                answer(P, 200, b"a\nb", ((b"content-type", b"text/plain"),)),
                answer(C, 200, b"a\nc", ((b"content-type", b"text/plain"),)),
            ),
            ("mismatch", "", [("value", "body", "open")]),
        ),
        (
            exchange(answer(P, 200, b"\xff\x00\x01", ()), answer(C, 200, b"\xff\x00\x02", ())),
            ("mismatch", "", [("value", "body", "open")]),
        ),
        (
            exchange(
                answer(P, 200, b"x", ((b"content-type", b"text/plain; charset=klingon"),)),
                answer(C, 200, b"y", ((b"content-type", b"text/plain; charset=klingon"),)),
            ),
            ("not_comparable", "undecodable", []),
        ),
        (pair(b"[" * 70 + b"1" + b"]" * 70, b"[" * 70 + b"2" + b"]" * 70), ("not_comparable", "limit", [])),
        (pair(b"[" * 9000 + b"1" + b"]" * 9000, b"[" * 9000 + b"2" + b"]" * 9000), ("not_comparable", "limit", [])),
        (pair([{"v": n} for n in range(500)], [{"v": -n} for n in range(501)]), ("not_comparable", "limit", [])),
    ],
)
def test_endings(build: Build, given_exchange: Exchange, want: tuple[str, str, list[tuple[str, str, str]]]) -> None:
    """Each way an exchange can end, with its reason and its differences."""
    assert brief(build(max_decoded_bytes=1000 if "too_large" in want else 1 << 20).observe(given_exchange)) == want


def test_the_record(build: Build) -> None:
    """Identity, legs with builds, endpoint, triage and example are filled."""
    new = answer(C, 200, {"a": 2}, ((b"content-type", b"application/json"), (b"x-build", b"c9")))
    old = answer(P, 200, {"a": 1}, ((b"content-type", b"application/json"), (b"X-Build", b"p9")))
    seen = build().observe(exchange(old, new, answer("secondary", 200, {"a": 1})))
    assert (seen.lane, seen.seq, seen.started_at, seen.endpoint) == ("lane-1", 3, 1772366400.0, "GET /orders/{id}")
    assert [(leg.leg.value, leg.build, leg.status) for leg in seen.legs] == [
        ("primary", "p1", 200),
        ("candidate", "c9", 200),
        ("secondary", "", 200),
    ]
    assert seen.triage is Triage.pending and seen.secondary_differs is True  # it lacks the header X-Build
    assert seen.example is not None and seen.example.candidate is not None and seen.example.secondary is not None
    assert seen.example.request.start == "GET /orders/7"
    assert (seen.example.primary.start, seen.example.candidate.body) == ("200", '{\n  "a": 2\n}')
    assert seen.example.differences == seen.differences and seen.example.observed_at == seen.started_at
    assert build().observe(pair({"a": 1}, {"a": 1})).example is None


def test_example_of_a_failed_candidate(build: Build) -> None:
    """What was asked and what the primary answered is worth keeping."""
    seen = build().observe(exchange(answer(P, body={"a": 1}), failed(C), method="POST", body=b'{"q": 1}'))
    assert seen.example is not None and seen.example.candidate is None
    assert seen.example.request.start == "POST /orders/7" and seen.example.request.body == '{\n  "q": 1\n}'


@pytest.mark.parametrize(
    ("secondary", "differs"),
    [
        ({"v": 1, "t": 1}, False),
        ({"v": 2, "t": 1}, False),  # covered by the rule
        ({"v": 1, "t": 2}, True),
    ],
)
def test_secondary_differs(build: Build, secondary: dict[str, int], differs: bool) -> None:
    """After rules, before noise."""
    seen = build(rules=(RULE,)).observe(pair({"v": 1, "t": 1}, {"v": 1, "t": 1}, secondary))
    assert (seen.outcome, seen.secondary_differs) == (Outcome.match, differs)


@pytest.mark.parametrize("third", [None, failed("secondary"), answer("secondary", 200, b"x", complete=False)])
def test_secondary_unknown(build: Build, third: Any) -> None:
    """No whole answer, no statement."""
    assert build().observe(exchange(answer(P), answer(C), third)).secondary_differs is None


def test_secondary_with_another_status_differs(build: Build) -> None:
    """A status is a difference."""
    assert build().observe(exchange(answer(P), answer(C), answer("secondary", 500))).secondary_differs is True


def test_covered_differences_are_kept_and_named(build: Build) -> None:
    """Rule, tolerance and noise each leave their name; only open ones make a mismatch."""
    rules = (RULE, msgspec.structs.replace(RULE, id="r2", path="$.p", what="tolerate", absolute=0.01))
    comparer = build(rules=rules)
    seen = comparer.observe(
        pair({"v": 1, "p": 1.5, "t": 1}, {"v": 2, "p": 1.505, "t": 3}, {"v": 1, "p": 1.5, "t": 2})
    )
    assert seen.outcome is Outcome.noise_only and seen.example is None
    assert {(each.path, each.disposition, each.by) for each in seen.differences} == {
        ("body:$.v", Disposition.ignored, "r1"),
        ("body:$.p", Disposition.tolerated, "r2"),
        ("body:$.t", Disposition.noise, "integer"),
    }
    assert comparer.observe(pair({"t": 1}, {"t": "x"})).outcome is Outcome.mismatch


def test_an_expired_rule_stops_working(build: Build) -> None:
    """By the time of the exchange."""
    old_rule = msgspec.structs.replace(RULE, expires="2026-02-01")
    assert build(rules=(old_rule,)).observe(pair({"v": 1}, {"v": 2})).outcome is Outcome.mismatch


def test_open_parts_of_an_error_body_become_one(build: Build) -> None:
    """Covered ones stay by themselves, a rule for the whole covers the rest."""
    rules = (RULE, msgspec.structs.replace(RULE, id="r2", path="body", kinds=("error-body",)))
    body = {"v": 1, "error": "x", "code": 7}
    assert brief(build(rules=rules[:1]).observe(pair(body, {"v": 2, "detail": "x"}, status=400))) == (
        "mismatch",
        "",
        [("value", "body:$.v", "ignored"), ("error-body", "body", "open")],
    )
    assert build(rules=rules).observe(pair(body, {"v": 2, "detail": "x"}, status=400)).outcome is Outcome.noise_only
    note = build().observe(pair(body, {"v": 2, "detail": "x"}, status=400)).differences[0].note
    assert note == "value $.v, missing $.error, missing $.code and 1 more"


def test_differences_are_bounded_and_open_ones_first(build: Build) -> None:
    """What is dropped is said, the outcome stays, and every signature keeps one."""
    rule = msgspec.structs.replace(RULE, path="$.list[*]")
    old, new = {"list": list(range(50)), "v": 1}, {"list": [-n - 1 for n in range(50)], "v": 2}
    seen = build(rules=(rule,), max_differences=5).observe(pair(old, new))
    assert seen.outcome is Outcome.mismatch and len(seen.differences) == 5
    assert [each.path for each in seen.differences][:2] == ["body:$.v", "body:$.list[0]"]
    assert seen.differences[-1].note == "46 more differences are not kept"


def test_more_than_can_be_found_is_a_mismatch(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where everything that was found is covered."""
    monkeypatch.setattr("shadow.compare.body.MAX_FOUND", 3)
    rule = msgspec.structs.replace(RULE, path="$.list[*]")
    seen = build(rules=(rule,)).observe(pair({"list": [1, 2, 3, 4]}, {"list": [5, 6, 7, 8]}))
    assert (seen.outcome, seen.reason) == (Outcome.mismatch, "limit")


def test_rendered_values_are_bounded(build: Build) -> None:
    """At most 200 characters, with an ellipsis."""
    seen = build().observe(pair({"a": "x" * 199}, {"a": ["y" * 150] * 9}))
    old, new = seen.differences[0].old, seen.differences[0].new
    assert old is not None and new is not None and (len(old), old[-1], len(new), new[-1]) == (200, "…", 200, "…")


def test_bodies_of_examples_are_bounded(build: Build) -> None:
    """At most 4 KB, and told."""
    seen = build().observe(pair({"a": ["x" * 100] * 100}, {"a": 1}))
    assert seen.example is not None and seen.example.candidate is not None
    assert (len(seen.example.primary.body), seen.example.primary.cut) == (4096, True)
    assert seen.example.candidate.cut is False


def test_a_crash_is_a_failing_outcome(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks inside counts against parity, and says what it was."""

    def broken(*_: object) -> object:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("shadow.compare.heavy.compare_answers", broken)
    seen = build().observe(pair({"a": 1}, {"a": 1}))
    assert brief(seen) == ("mismatch", "ZeroDivisionError", [("compare_error", "compare", "open")])
    assert "secret" not in repr(seen) and len(seen.legs) == 2


def test_keyboard_interrupt_passes(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping the program is not a fault of the comparison."""

    def stop(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("shadow.compare.heavy.compare_answers", stop)
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyboardInterrupt):
        build().observe(pair({"a": 1}, {"a": 1}))
    assert signal.getsignal(signal.SIGALRM) is before


def test_deadline(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too slow is not comparable; what was decided in time stands."""

    def spin(*_: object) -> object:
        while True:
            pass

    with monkeypatch.context() as patch:
        patch.setattr("shadow.compare.showing.store_request", spin)
        seen = build(deadline_s=0.2).observe(pair({"a": 1}, {"a": 2}))
        assert (seen.outcome, seen.example, len(seen.differences)) == (Outcome.mismatch, None, 1)
    monkeypatch.setattr("shadow.compare.heavy.compare_answers", spin)
    assert brief(build(deadline_s=0.05).observe(pair({"a": 1}, {"a": 1}))) == ("not_comparable", "deadline", [])


def test_nothing_secret_is_stored(build: Build) -> None:
    """Wherever it stands: request, answers, differences, keys, and in answers that cannot be parsed."""
    secret = "hunter2hunter2"
    headers = ((b"content-type", b"application/json"), (b"set-cookie", f"sid={secret}; Path=/".encode()))
    body = {"password": secret, "user": {"token": [secret]}, "own": {"place": secret}, f"{secret}@example.com": 1}
    comparer = build(redact=Redact(paths=("$.own.place",)))
    for status in (200, 400):
        for new in ({}, b"", json.dumps(body).encode()[:-1], b'{"password": "' + secret.encode()):
            for old, fresh in ((body, new), (new, body)):
                seen = comparer.observe(
                    exchange(
                        answer(P, status, old, headers),
                        answer(C, status, fresh, ()),
                        target=f"/login?token={secret}".encode(),
                        body=json.dumps(body).encode(),
                        headers=((b"authorization", f"Bearer {secret}".encode()), *headers),
                    )
                )
                assert seen.differences and seen.example is not None
                assert secret not in msgspec.json.encode(seen).decode()


def test_equal_secrets_stay_visibly_equal(build: Build) -> None:
    """A changed secret is a difference whose sides look different."""
    seen = build().observe(pair({"token": "a" * 20, "x": 1}, {"token": "b" * 20, "x": 2}))
    assert seen.example is not None and seen.example.candidate is not None
    assert seen.differences[0].old != seen.differences[0].new
    assert (seen.differences[0].old or "").strip('"') in seen.example.primary.body


def test_wrong_rules_are_refused_at_start(build: Build) -> None:
    """Not at the first exchange."""
    with pytest.raises(Exception, match="covers everything"):
        build(rules=(msgspec.structs.replace(RULE, path="$.**"),))


CONFIG = Config(
    primary=Primary(url="http://o"), candidate=ShadowLeg(url="http://n"), compare=Compare(deadline_s=20.0)
)
HOURS = itertools.count()
COMPARER = Comparer(CONFIG, build_endpoint_map(CONFIG), Redactor(CONFIG.redact, b"k"))
names = st.sampled_from([b"Content-Type", b"Content-Encoding", b"Set-Cookie", b"Location", b"Expires", b"x"])
contents = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"application/json", b"gzip", b"br, zstd", b"text/plain; charset=utf-16", b"a=b; Path", b"http://["]
    ),
)
bodies = st.one_of(
    st.binary(max_size=200), st.sampled_from([b"{}", b"[NaN]", b'{"a":1,"a":2}', b'"\\ud800"', b"[1,2]"])
)
answers = st.builds(
    lambda leg, status, headers, body, complete: answer(leg, status, body, tuple(headers), complete=complete),
    st.just("candidate"),
    st.sampled_from([200, 204, 404, 500, 0, -1]),
    st.lists(st.tuples(names, contents), max_size=4),
    bodies,
    st.booleans(),
)


@given(answers, answers, st.one_of(st.none(), answers), st.text(max_size=8), st.binary(max_size=50), bodies)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
def test_never_raises(old: Any, new: Any, third: Any, method: str, target: bytes, body: bytes) -> None:
    """Any bytes end in one outcome, can be stored, and are no fault of the comparison."""
    # An hour after the one before, so that each is shown in full.
    given = exchange(old, new, third, method, target=target, body=body)
    seen = COMPARER.observe(msgspec.structs.replace(given, started_at=given.started_at + 3600 * next(HOURS)))
    assert not any(each.kind is Kind.compare_error for each in seen.differences)
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Observation) == seen
    assert (seen.example is not None) == (seen.outcome is Outcome.mismatch)


def test_what_is_alike_is_shown_now_and_then(build: Any) -> None:
    """Eight in full, then one in a second; the others count with their signatures, and without any value."""
    comparer = build()
    seen = [
        comparer.observe(msgspec.structs.replace(pair({"a": 1}, {"a": at}), started_at=1e9 + at / 10))
        for at in range(2, 42)
    ]
    shown = [at for at, each in enumerate(seen) if each.example is not None]
    assert shown == [*range(8), 17, 27, 37]
    first, lean = seen[0].differences[0], seen[8].differences[0]
    assert (first.kind, first.group, first.disposition) == (lean.kind, lean.group, lean.disposition)
    assert (first.path, first.old, first.new, lean.old, lean.new) == ("body:$.a", "1", "2", None, None)
    assert {each.outcome for each in seen} == {Outcome.mismatch}
    other = comparer.observe(msgspec.structs.replace(pair({"b": 1}, {"b": 2}), started_at=1e9))
    assert other.example is not None


def test_an_intended_change(build: Build) -> None:
    """It is expected where it happens and a mismatch where it does not; under other statuses nobody can tell."""
    rule = Rule(
        id="no-note", what="expect", endpoint="*", path="$.note", kinds=("missing",), owner="ann", reason="agreed",
        created="2026-01-01", expires="2027-01-01",
    )  # fmt: skip
    comparer = build(rules=(rule,))
    happened = comparer.observe(pair({"note": 1, "n": 1}, {"n": 1}))
    assert (happened.outcome, [each.disposition for each in happened.differences]) == ("expected", ["expected"])
    missed = comparer.observe(pair({"note": 1, "n": 1}, {"note": 1, "n": 1}))
    assert missed.outcome == "mismatch"
    (difference,) = missed.differences
    assert (difference.path, difference.kind, difference.disposition, difference.by) == (
        'expect:$.no-note', "missing", "open", "no-note"
    )  # fmt: skip
    assert comparer.observe(pair({"n": 1}, {"n": 1}, status=404)).outcome == "match"
    other = comparer.observe(exchange(answer("primary", 200, {"n": 1}), answer("candidate", 201, {"n": 1})))
    assert [each.path for each in other.differences] == ["status"]


def test_what_differs_in_nothing_but_the_order_of_headers_is_told_and_never_counts(build: Build) -> None:
    """Beside another difference it is not worth a word, and no other difference hides behind it."""
    old = (*JSON, (b"X-A", b"1"), (b"X-B", b"2"))
    new = ((b"X-B", b"2"), *JSON, (b"X-A", b"1"))
    comparer = build()
    for body in ({"a": 1}, {}):
        seen = comparer.observe(exchange(answer(P, 200, body, old), answer(C, 200, body, new)))
        assert brief(seen) == ("match", "", [("order", "header", "ignored")])
        assert seen.differences[0].by == "header_order" and seen.example is None
    written = comparer.observe(exchange(answer(P, 200, b'{"a": 1}', old), answer(C, 200, b'{"a":1}', new)))
    assert brief(written) == ("match", "", [("order", "header", "ignored")])
    seen = comparer.observe(exchange(answer(P, 200, {"a": 1}, old), answer(C, 200, {"a": 2}, new)))
    assert brief(seen) == ("mismatch", "", [("value", "body:$.a", "open")])
    seen = comparer.observe(exchange(answer(P, 200, {}, old), answer(C, 200, {}, (*new, (b"X-C", b"3")))))
    assert brief(seen) == ("mismatch", "", [("header", "header:x-c", "open")])
