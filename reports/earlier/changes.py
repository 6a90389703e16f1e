"""From one report to the next: which divergences are new, gone, or much more or less frequent. Pure."""

from __future__ import annotations

import msgspec

from reports.earlier.entry import Divergence, Entry

LEAST_FACTOR = 2.0
"""A share that less than doubled or halved is not called changed."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A divergence in both reports whose share of the compared exchanges changed much."""

    before: Divergence
    now: Divergence


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the report of `before`, each list in the order of the reports.

    `is_same_build` is False where the candidate is another one: then what is gone may have been mended.
    `is_whole` is False where one of the reports kept only its worst divergences, so that new and gone are not certain.
    """

    before: Entry
    is_same_build: bool
    is_whole: bool
    new: tuple[Divergence, ...]
    gone: tuple[Divergence, ...]
    changed: tuple[Shift, ...]
    kept: int


def changes_between(before: Entry, now: Entry) -> Changes:
    """Hold a report against an earlier one."""
    old = {item.key: item for item in before.divergences}
    new = {item.key: item for item in now.divergences}
    both = [(old[key], item) for key, item in new.items() if key in old]
    return Changes(
        before=before,
        is_same_build=before.candidate_build == now.candidate_build,
        is_whole=all(entry.divergences_total == len(entry.divergences) for entry in (before, now)),
        new=tuple(item for key, item in new.items() if key not in old),
        gone=tuple(item for key, item in old.items() if key not in new),
        changed=tuple(Shift(before=was, now=item) for was, item in both if _differs(was.share, item.share)),
        kept=len(both),
    )


def _differs(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return False
    low, high = sorted((before, now))
    return high > low * LEAST_FACTOR
