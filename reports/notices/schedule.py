"""When a channel sends what: a bound on messages per hour, and patience with a channel that fails. Pure."""

from __future__ import annotations

from reports.notices.memory import MOST_WAITING, Waiting
from reports.notices.notice import Notice

HOUR_S = 3600.0
FIRST_RETRY_S = 30.0
MOST_RETRY_S = 1800.0


def enqueue(queue: Waiting, notices: tuple[Notice, ...]) -> None:
    """Put notices at the end; what no longer fits goes from the front and is counted."""
    queue.notices.extend(notices)
    over = len(queue.notices) - MOST_WAITING
    if over > 0:
        del queue.notices[:over]
        queue.dropped += over


def due(queue: Waiting, now: float, most_per_hour: int) -> tuple[Notice, ...]:
    """Return what goes out as one message now: nothing, the next notice, or all of them where only one more message
    is allowed this hour (so that a flood arrives as a summary and not as silence)."""
    if not queue.notices or now < queue.next_at:
        return ()
    queue.sent_at = [at for at in queue.sent_at if now - HOUR_S < at <= now]
    left = most_per_hour - len(queue.sent_at)
    if left <= 0:
        return ()
    return tuple(queue.notices) if left == 1 else tuple(queue.notices[:1])


def sent(queue: Waiting, notices: tuple[Notice, ...], now: float) -> None:
    """Forget what went out."""
    del queue.notices[: len(notices)]
    queue.sent_at.append(now)
    queue.failures, queue.next_at, queue.dropped = 0, 0.0, 0


def failed(queue: Waiting, now: float) -> None:
    """Keep everything, and try again later: after 30 s, doubled each time, at most half an hour."""
    queue.next_at = now + min(FIRST_RETRY_S * 2**queue.failures, MOST_RETRY_S)
    queue.failures += 1


def merged(notices: tuple[Notice, ...], dropped: int) -> tuple[str, str]:
    """Return title and text of one message that says all of the notices."""
    lost = f"{dropped} earlier ones were dropped while the channel failed." if dropped else ""
    if len(notices) == 1:
        return notices[0].title, "\n".join(part for part in (notices[0].text, lost) if part)
    lines = [f"- {notice.title}" for notice in notices]
    return f"Shadow: {len(notices)} notices", "\n".join([*lines, lost] if lost else lines)
