"""How long a process has shown no sign of life. Pure.

Time is counted in the looks of whoever watches, each as at most twice its usual length: a watcher that stood still
itself (a suspended machine, a stopped container, a stolen processor) has seen nothing meanwhile, and charges nobody.
"""

from __future__ import annotations

START_S = 60.0
"""What a process gets beside the limit until its first sign: reading its modules from a slow disk takes a while."""


class Stillness:
    """Watches one counter of `shadow.ipc.beats`."""

    def __init__(self, look_s: float) -> None:
        """`look_s` is the usual time between two looks."""
        self._look_s = look_s
        self._seen: int | None = None
        self._has_begun = False
        self.still_s = 0.0

    def forget(self, beats: int) -> None:
        """Another process begins, with the counter as it is."""
        self._seen = beats
        self._has_begun = False
        self.still_s = 0.0

    def look(self, beats: int, passed_s: float, limit_s: float) -> bool:
        """Take the counter, `passed_s` after the last look; return whether it has stood still for longer than
        `limit_s`, in which the start of a process has an allowance. 0 is no limit."""
        if beats != self._seen:
            self._has_begun = self._seen is not None
            self._seen = beats
            self.still_s = 0.0
        else:
            self.still_s += min(passed_s, 2 * self._look_s)
        return limit_s > 0 and self.still_s > limit_s + (0.0 if self._has_begun else START_S)
