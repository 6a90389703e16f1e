"""Contradictions in what may be asked again."""

from __future__ import annotations

from collections.abc import Iterator

from shadow.config.document import Path
from shadow.config.model import Config
from shadow.validation.problem import Problem


def reask_problems(config: Config) -> Iterator[Problem]:
    """Yield settings that are never used, and delays that are no second and third look."""
    reask = config.compare.reask
    path: Path = ("compare", "reask")
    if config.secondary is not None and reask.noise_ratio:
        yield Problem(
            path=(*path, "noise_ratio"),
            message="is never used: noise is learnt from the secondary.",
            remedy="Remove it, or the secondary.",
        )
    if config.secondary is not None and reask.triage == "primary":
        yield Problem(
            path=(*path, "triage"),
            message="asks the primary, though there is a secondary to ask.",
            remedy="Write `auto`, or remove the key.",
        )
    if config.mirror.judge == "secondary" and config.secondary is None and not reask.noise_ratio:
        yield Problem(
            path=("mirror", "judge"),
            message="is `secondary`, and there is none.",
            remedy="Name one, or let the primary be asked again: compare.reask.noise_ratio: 0.01.",
        )
    if reask.most_ratio == 0 and (reask.noise_ratio or reask.triage == "primary"):
        yield Problem(
            path=(*path, "most_ratio"),
            message="is 0: nothing may be asked again, though other keys ask for it.",
            remedy="Raise it, or switch them off.",
        )
