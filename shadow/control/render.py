"""The process that renders the live report: configuration in, page out.

The renderer belongs to another room and is found by name, so that this one does without it until it is asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import msgspec

from shadow.config.model import Config
from shadow.errors import ShadowError

JUDGE = "reports.judgement:judge_ledger"
RENDER = "reports.html:render_html"


def main() -> int:
    """Read a configuration from standard input and write the page to standard output; 1 and a line where it fails."""
    os.nice(10)
    config = msgspec.json.decode(sys.stdin.buffer.read(), type=Config)
    try:
        page = str(_found(RENDER)(_found(JUDGE)(config)))
    except ShadowError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except ModuleNotFoundError as error:
        sys.stderr.write(f"the renderer is not installed ({error}).\n")
        return 1
    sys.stdout.buffer.write(page.encode())
    return 0


def _found(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


if __name__ == "__main__":
    sys.exit(main())
