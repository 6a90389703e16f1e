"""A configuration against the world: every check ends as ok, warn or fail, the last two with a remedy."""

from shadow.doctor.check import Check, Level, worst_of
from shadow.doctor.examine import examine

__all__ = ["Check", "Level", "examine", "worst_of"]
