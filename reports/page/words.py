"""The words, symbols and tones of statuses, outcomes and criteria. Nothing on the page is told by colour alone."""

from __future__ import annotations

import msgspec

from reports.headline import TITLES
from shadow.records import CheckStatus, Outcome


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """A status as word, symbol and tone; the tone is the name of a CSS class."""

    word: str
    symbol: str
    tone: str


_BADGES = {
    CheckStatus.error: Badge(word="Error", symbol="!", tone="error"),
    CheckStatus.fail: Badge(word="Fail", symbol="✕", tone="fail"),
    CheckStatus.inconclusive: Badge(word="Inconclusive", symbol="?", tone="inconclusive"),
    CheckStatus.waived: Badge(word="Waived", symbol="~", tone="waived"),
    CheckStatus.passed: Badge(word="Pass", symbol="✓", tone="pass"),
}

OUTCOMES = {
    Outcome.mismatch: ("Mismatch", "mismatch"),
    Outcome.candidate_failed: ("Candidate failed", "candidate-failed"),
    Outcome.primary_failed: ("Primary failed", "primary-failed"),
    Outcome.not_comparable: ("Not comparable", "not-comparable"),
    Outcome.shed: ("Shed", "shed"),
    Outcome.skipped: ("Skipped", "skipped"),
    Outcome.expected: ("Expected", "expected"),
    Outcome.noise_only: ("Noise only", "noise"),
    Outcome.match: ("Match", "match"),
}
GOOD_OUTCOMES = frozenset({"match", "noise_only", "expected"})


def badge(status: CheckStatus) -> Badge:
    """How a status looks."""
    return _BADGES[status]


def criterion_word(name: str) -> str:
    """The name of a criterion as a heading."""
    title = TITLES.get(name, name.replace("_", " "))
    return title[:1].upper() + title[1:]


def outcome_word(outcome: str) -> tuple[str, str]:
    """Label and tone of an outcome; an outcome this version does not know is shown by its own name, in red."""
    known = {member.value: pair for member, pair in OUTCOMES.items()}
    return known.get(outcome, (outcome, "mismatch"))


def outcome_rank(outcome: str) -> int:
    """Position worst first; unknown outcomes come first of all."""
    order = [member.value for member in Outcome]
    return order.index(outcome) if outcome in order else -1
