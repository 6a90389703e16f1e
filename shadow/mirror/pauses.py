"""Who holds the mirroring still, and since when: that is a gap in the evidence, whoever asked for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from shadow.records import Gap, GapKind, Lane


class Pauses:
    """Open pauses by cause (`by request`, `listener 0 …`); each becomes a gap when it ends."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    @property
    def open(self) -> dict[str, float]:
        """The causes of the pauses that last, each with the instant at which it began."""
        return dict(self._since)

    def begin(self, cause: str, at: float) -> None:
        """Somebody pauses; who has paused already, goes on pausing."""
        self._since.setdefault(cause, at)

    def end(self, cause: str, at: float) -> tuple[Gap, ...]:
        """Somebody lets go: return the gap, none where this cause had not paused."""
        since = self._since.pop(cause, None)
        if since is None:
            return ()
        return (Gap(kind=GapKind.paused, started_at=since, ended_at=max(since, at), detail=cause),)

    def end_all(self, at: float) -> tuple[Gap, ...]:
        """The run ends: return the gap of every pause that lasted until then."""
        return tuple(gap for cause in list(self._since) for gap in self.end(cause, at))

    def watch(self, lanes: Iterable[Lane], at: float) -> tuple[Gap, ...]:
        """Take over which listeners pause by themselves, read from their lanes; return the gaps that are over.

        Cannot see: a pause that begins and ends between two readings. None is that short (`shadow.mirror.lag`).
        """
        held = {_cause(lane): lane.paused_at for lane in lanes if lane.paused_at and not lane.closed}
        for cause, since in held.items():
            self.begin(cause, since)
        over = [cause for cause in self._since if cause.startswith(_LANE) and cause not in held]
        return tuple(gap for cause in over for gap in self.end(cause, at))


_LANE = "a listener fell behind, lane "


def _cause(lane: Lane) -> str:
    return f"{_LANE}{lane.lane}"
