"""What stands in for the parser of a connection that is gone: parser and connection hold each other, and only the
collector, which runs seldom, would find the two."""

from __future__ import annotations

from typing import Final

import httptools

REQUESTS: Final = httptools.HttpRequestParser(object())
ANSWERS: Final = httptools.HttpResponseParser(object())
