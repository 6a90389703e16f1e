"""The one place where DeepDiff is called: on list remainders that have no keys and differ in length.

Its results, its path strings and its way of giving up never leave this module.
"""

from __future__ import annotations

from typing import Any

from shadow.bodies.parse import scalar_text
from shadow.compare.found import ABSENT, Found, LimitError
from shadow.compare.kinds import name_presence, name_scalars
from shadow.paths import Segments
from shadow.records import Kind

MAX_ITEMS = 400
MAX_LEAVES = 4000
_PASSES = 10_000
_DIFFS = 200_000


def load() -> None:
    """Load DeepDiff now, so that no comparison spends its deadline on it."""
    import deepdiff  # noqa: F401


def compare_remainders(place: Segments, front: int, old: list[object], new: list[object]) -> list[Found]:
    """Compare two remainders of a list at `place`, of which `front` equal items were taken off.

    Raises LimitError where they are too long, or where DeepDiff gave up.
    Cannot see: which of several equally short edits was made; an item that moved counts as gone and added.
    """
    if max(len(old), len(new)) > MAX_ITEMS:
        raise LimitError(f"lists without keys differ in more than {MAX_ITEMS} items")
    if _leaves(old) + _leaves(new) > MAX_LEAVES:
        raise LimitError(f"lists without keys differ in more than {MAX_LEAVES} values")
    from deepdiff import DeepDiff  # heavy, and most comparisons never get here

    # The alignment depends on which side comes first; a fixed order keeps the comparison symmetric.
    tagged = [[_tagged(item) for item in side] for side in (old, new)]
    swapped = (len(old), repr(tagged[0])) > (len(new), repr(tagged[1]))
    if swapped:
        tagged.reverse()
    diff = DeepDiff(
        tagged[0],
        tagged[1],
        view="tree",
        ignore_order=False,
        ignore_private_variables=False,
        ignore_string_type_changes=False,
        ignore_numeric_type_changes=False,
        ignore_type_subclasses=False,
        ignore_string_case=False,
        ignore_nan_inequality=False,
        ignore_encoding_errors=False,
        ignore_uuid_types=False,
        report_repetition=True,
        threshold_to_diff_deeper=0,
        zip_ordered_iterables=False,
        verbose_level=1,
        max_passes=_PASSES,
        max_diffs=_DIFFS,
        cache_size=0,
        log_frequency_in_sec=0,
        multiprocessing=False,
    )
    stats: dict[str, Any] = diff.get_stats()  # type: ignore[no-untyped-call]
    if stats["MAX PASS LIMIT REACHED"] or stats["MAX DIFF LIMIT REACHED"]:
        raise LimitError("aligning lists without keys took too many steps")
    sides = (new, old) if swapped else (old, new)
    found = [
        each
        for levels in diff.values()
        for level in levels
        for each in _convert(place, front, *sides, level, swapped=swapped)
    ]
    if not found:
        # The remainders are known to differ in length, so that nothing found can only be a fault of the alignment.
        return [Found(kind=Kind.value, area="body", segments=place, old=old, new=new, note="lists differ")]
    return sorted(found, key=lambda each: [str(s).rjust(9) for s in each.segments or ()])


def _convert(
    place: Segments, front: int, first: list[object], second: list[object], level: Any, *, swapped: bool
) -> list[Found]:
    at_old: list[str | int] = level.path(output_format="list", use_t2=False)
    at_new: list[str | int] = level.path(output_format="list", use_t2=True)
    a = ABSENT if _is_absent(level.t1) else _at(first, at_old)
    b = ABSENT if _is_absent(level.t2) else _at(second, at_new)
    if swapped:
        a, b, at_old, at_new = b, a, at_new, at_old
    at = at_new if a is ABSENT else at_old
    named = name_presence(a, b) if a is ABSENT or b is ABSENT else name_scalars(a, b)
    if named is None:
        return []
    segments = (*place, front + int(at[0]), *at[1:])
    return [Found(kind=named[0], area="body", segments=segments, old=a, new=b, note=named[1])]


def _is_absent(side: object) -> bool:
    return type(side).__name__ == "NotPresent"


def _at(value: Any, path: list[str | int]) -> object:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def _tagged(value: object) -> object:
    # DeepDiff matches items by ==, for which True is 1: every scalar becomes its JSON text, which tells types apart.
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    return scalar_text(value)


def _leaves(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_leaves, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_leaves, value))
    return 1
