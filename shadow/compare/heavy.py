"""Compare answers here where they are small, in a process that can be killed where they are not."""

from __future__ import annotations

from collections.abc import Mapping

from shadow.bodies.decode import TooLargeError, UndecodableError
from shadow.compare.answers import AnswerDiff, compare_answers
from shadow.compare.headers import HeaderRules
from shadow.compare.killable import Killable
from shadow.compare.opened import Opener
from shadow.config.model import Compare
from shadow.records import ResponseCopy

# Below this no call into C that a comparison makes takes long enough to matter.
LIGHT_BYTES = 96 * 1024
# Whose reader is one call into C, in which some documents take a time that grows with the square of their size.
_IN_C = ("text/html",)


class Answers:
    """Compares pairs of answers. Heavy ones cost a few hundred microseconds more, and can be ended at any moment.

    Cannot see: how heavy a pair really is; its size stands for it.
    """

    def __init__(self, limits: Compare, by_endpoint: Mapping[str, Compare] | None = None) -> None:
        """`by_endpoint` are the limits of endpoints that have their own; `limits` are those of all others."""
        self._limits = limits
        self._by_endpoint = by_endpoint or {}
        self._killable = Killable(compare_answers, limits.deadline_s)

    def compare(
        self, method: str, old: ResponseCopy, new: ResponseCopy, header_rules: HeaderRules, opener: Opener,
        endpoint: str = "",
    ) -> AnswerDiff:  # fmt: skip
        """Compare two whole answers. Raises what `compare_answers` raises, DeadlineError and KilledError."""
        limits = self._by_endpoint.get(endpoint, self._limits)
        if old.status == new.status and old.body != new.body and _is_heavy(old, new, opener):
            diff: AnswerDiff = self._killable.run(method, old, new, limits, header_rules)
            return diff
        return compare_answers(method, old, new, limits, header_rules, opener)

    def close(self) -> None:
        """End the processes, if there are any."""
        self._killable.close()


def _is_heavy(old: ResponseCopy, new: ResponseCopy, opener: Opener) -> bool:
    if len(old.body) + len(new.body) > LIGHT_BYTES:
        return True
    try:
        first, second = opener.open(old).body, opener.open(new).body
        return first.media in _IN_C or len(first.data) + len(second.data) > LIGHT_BYTES
    except (UndecodableError, TooLargeError):
        return False  # told, with its reason, by the comparison
