"""For all tests: a Ctrl-C reaches the processes that tests start."""

from __future__ import annotations

import signal

# A shell that runs something in the background makes it ignore SIGINT, and what it starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
