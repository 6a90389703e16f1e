"""Makes the sample documents of the page importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "page"))
