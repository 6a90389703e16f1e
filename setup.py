"""Builds the live path as extension modules when SHADOW_COMPILE=1 is set; everything else is in setup.cfg.

mypyc (of mypy) translates the modules in COMPILED to C; that takes a C compiler and Python's headers. What is installed
is the same either way, the `.py` files included; where the extension modules are missing, those run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

WANTED = os.environ.get("SHADOW_COMPILE", "0") not in ("", "0")

# What runs for each request in the listener, and with it what the sender shares; then what runs for each exchange in
# the comparer and the keeper. Modules that define msgspec.Struct classes stay as they are: mypyc drops what stands
# beside the base (`frozen=True`). So do those whose one call may take long, since a signal ends only interpreted code.
COMPILED = [
    "shadow/compare/builds.py",
    "shadow/compare/equal.py",
    "shadow/compare/features.py",
    "shadow/compare/formats.py",
    "shadow/compare/heavy.py",
    "shadow/compare/itself.py",
    "shadow/compare/judged.py",
    "shadow/compare/kinds.py",
    "shadow/compare/old_terms.py",
    "shadow/compare/opened.py",
    "shadow/compare/pipeline.py",
    "shadow/compare/quota.py",
    "shadow/compare/showing.py",
    "shadow/compare/spans.py",
    "shadow/compare/walk.py",
    "shadow/control/durations.py",
    "shadow/control/view.py",
    "shadow/ipc/classes.py",
    "shadow/ipc/frames.py",
    "shadow/ipc/lanes.py",
    "shadow/ipc/outbox.py",
    "shadow/keeper/batch.py",
    "shadow/ledger/fold.py",
    "shadow/ledger/histogram.py",
    "shadow/ledger/increments.py",
    "shadow/ledger/sampling.py",
    "shadow/ledger/signature.py",
    "shadow/legs/backoff.py",
    "shadow/legs/breaker.py",
    "shadow/legs/budget.py",
    "shadow/legs/call.py",
    "shadow/legs/cap.py",
    "shadow/legs/comparers.py",
    "shadow/legs/deadlines.py",
    "shadow/legs/endings.py",
    "shadow/legs/exchanges.py",
    "shadow/legs/leg.py",
    "shadow/legs/legs.py",
    "shadow/legs/rates.py",
    "shadow/legs/sending.py",
    "shadow/legs/statuses.py",
    "shadow/legs/turns.py",
    "shadow/legs/underway.py",
    "shadow/mirror/account.py",
    "shadow/mirror/capture.py",
    "shadow/mirror/client.py",
    "shadow/mirror/copies.py",
    "shadow/mirror/exchange.py",
    "shadow/mirror/forward.py",
    "shadow/mirror/framing.py",
    "shadow/mirror/policy.py",
    "shadow/mirror/tee.py",
    "shadow/wire/head.py",
    "shadow/wire/inbound.py",
    "shadow/wire/known.py",
    "shadow/wire/pool.py",
    "shadow/wire/reader.py",
    "shadow/wire/target.py",
    "shadow/wire/upstream.py",
]


def extensions() -> list[Extension]:
    """Translate the modules. Where mypy is not there yet (pip asks what the build needs first), there are none."""
    if not WANTED:
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        sys.stderr.write("shadow: mypy is not installed, nothing is compiled\n")
        return []
    root = Path(__file__).resolve().parent
    os.chdir(root)
    # Types are checked in the source tree; here only those of these modules are of interest.
    options = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports"]
    made = mypycify([*options, *COMPILED], opt_level="3", group_name="shadow_live")
    for extension in made:
        extension.optional = True
    return made


class AllOrNone(build_ext):
    """Without a compiler the installation goes on in pure Python; half of the modules would find no other half."""

    def run(self) -> None:
        """Build, and take away what was built where something could not be."""
        super().run()
        built = [Path(self.get_ext_fullpath(extension.name)) for extension in self.extensions]
        if not all(path.exists() for path in built):
            sys.stderr.write("shadow: nothing is compiled, since not all of it could be; pure Python it is\n")
            for path in built:
                path.unlink(missing_ok=True)


# The libraries are there for their types: what is compiled calls them.
NEEDS = ["mypy>=1.18", "msgspec>=0.20", "httptools>=0.7"]

setup(ext_modules=extensions(), cmdclass={"build_ext": AllOrNone}, setup_requires=NEEDS if WANTED else [])
