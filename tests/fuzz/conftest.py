"""A listener in this process, as the listener's own tests have it; the helpers beside this file are importable."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

_spec = importlib.util.spec_from_file_location(
    "mirror_conftest_for_fuzz", HERE.parent / "shadow" / "mirror" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_mirror = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_mirror)
mirroring = _mirror.mirroring
