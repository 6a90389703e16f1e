"""The verdict band: one word, one sentence, the reasons."""

from __future__ import annotations

import msgspec

from reports.document import Result
from reports.page.text import one_line
from reports.page.words import Badge
from reports.status import worst_of
from reports.words import count
from shadow.errors import EXIT_WAITING
from shadow.records import CheckStatus

MAX_REASONS = 12

_BANDS = {
    CheckStatus.passed: Badge(word="GO", symbol="✓", tone="pass"),
    CheckStatus.waived: Badge(word="GO, WAIVED", symbol="~", tone="waived"),
    CheckStatus.inconclusive: Badge(word="NOT YET", symbol="?", tone="inconclusive"),
    CheckStatus.fail: Badge(word="NO-GO", symbol="✕", tone="fail"),
    CheckStatus.error: Badge(word="ERROR", symbol="!", tone="error"),
}
_WAITING = Badge(word="NOT APPROVED", symbol="…", tone="inconclusive")
_WAITING_MEANING = "the evidence allows the cut-over, and people have yet to approve it"
_SENTENCES = {
    CheckStatus.passed: "Every criterion passes on the evidence below.",
    CheckStatus.waived: "Every criterion passes or is waived.",
    CheckStatus.inconclusive: "The evidence is too thin to decide.",
    CheckStatus.fail: "At least one criterion fails.",
    CheckStatus.error: "The evidence could not be judged.",
}
_MEANINGS = {
    CheckStatus.passed: "the evidence allows the cut-over",
    CheckStatus.waived: "the evidence allows the cut-over, with waivers in force",
    CheckStatus.inconclusive: "nothing speaks against it yet, and not enough speaks for it",
    CheckStatus.fail: "do not cut over",
    CheckStatus.error: "no verdict; treat the gate as closed",
}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the band says. `meaning` is the plain reading of the word."""

    badge: Badge
    meaning: str
    sentence: str
    reasons: tuple[str, ...]
    more: str


def verdict_of(result: Result) -> Verdict:
    """The verdict of the document. A status that is better than the criteria allow is shown as an error."""
    supported = worst_of([criterion.status for criterion in result.criteria if not criterion.dry_run])
    status = worst_of([result.status, supported])
    if status is not result.status and result.status in (CheckStatus.passed, CheckStatus.waived):
        status = CheckStatus.error
        sentence = "The document contradicts itself: its status is better than its criteria allow."
    else:
        status = result.status
        sentence = _without_word(one_line(result.headline, 320)) or _SENTENCES[status]
    if not result.criteria and not result.headline:
        sentence = "Nothing was judged: there are no criteria."
    hidden = len(result.reasons) - MAX_REASONS
    waits = result.exit_code == EXIT_WAITING and status in (CheckStatus.passed, CheckStatus.waived)
    return Verdict(
        badge=_WAITING if waits else _BANDS[status],
        meaning=_WAITING_MEANING if waits else _MEANINGS[status],
        sentence=sentence,
        reasons=tuple(one_line(reason, 220) for reason in result.reasons[:MAX_REASONS]),
        more=f"and {count(hidden, 'more reason')}, in the JSON document" if hidden > 0 else "",
    )


def _without_word(headline: str) -> str:
    """The headline without the word that the band prints already (`NO-GO: parity …`), beginning with a capital."""
    word, colon, rest = headline.partition(": ")
    sentence = rest if colon and word.isupper() else headline
    return sentence[:1].upper() + sentence[1:]
