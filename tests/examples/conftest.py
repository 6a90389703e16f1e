"""The example's scripts run from their own folder, so its tests import them from there."""

import sys
from pathlib import Path

ORDERS = Path(__file__).resolve().parents[2] / "examples" / "orders"
sys.path.insert(0, str(ORDERS))
