"""What a reader raises."""

from __future__ import annotations


class UnreadableError(Exception):
    """Raised when bytes are not what their media type says; the text says why, without any of the content."""
