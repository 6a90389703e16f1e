"""The words of the page, each with its meaning."""

from __future__ import annotations

import msgspec


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word and what it means here."""

    word: str
    meaning: str


def _terms(*pairs: tuple[str, str]) -> tuple[Term, ...]:
    return tuple(Term(word=word, meaning=meaning) for word, meaning in pairs)


TERMS = _terms(
    ("Primary", "The old backend. Clients get its answers."),
    ("Candidate", "The new backend, under test. Its answers are compared and thrown away."),
    ("Secondary", "A second copy of the old build. What differs between primary and secondary is noise."),
    ("Leg", "One backend’s part in an exchange."),
    ("Exchange", "One live request with the answers of its legs."),
    ("Endpoint", "Method and path template, such as GET /users/{id}; never a raw path."),
    ("Difference", "One typed difference at one path: a status, a header, a value in a body."),
    ("Signature", "Endpoint, path without indexes, and kind: the key by which differences are grouped."),
    ("Noise", "What varies between two answers of the same build."),
    ("Rule", "A statement about a difference with an owner and an expiry: ignore, tolerate or expect it."),
    ("Ledger", "The store of evidence."),
    ("Criterion", "One thing the gate asks. Inconclusive means: too little evidence to pass or fail it."),
    ("Observed", "The share or time that was measured."),
    ("Bound", "The one-sided confidence bound of what was observed; it decides. A pass has to hold on its "
              "pessimistic side, a failure on its optimistic one; few requests leave the two far apart."),
    ("n", "How many exchanges or values a number rests on."),
    ("Parity", "Agreeing exchanges as a share of the compared ones."),
)  # fmt: skip

OUTCOMES = _terms(
    ("Mismatch", "The answers differ, and nothing covers the difference. A crashed comparison counts here too."),
    ("Candidate failed", "The candidate did not answer."),
    ("Primary failed", "The primary did not answer, so there was nothing to compare with."),
    ("Not comparable", "Both answered, but could not be compared: too large, cut, undecodable, too late."),
    ("Shed", "Evidence that was given up to protect live traffic or was lost with a process; never a live request."),
    ("Skipped", "Not mirrored on purpose: policy, sampling, pause."),
    ("Expected", "The answers differ only as a rule says they must."),
    ("Noise only", "The answers differ only in what varies between two answers of the old build."),
    ("Match", "The answers agree."),
)
