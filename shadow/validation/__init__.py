"""One `shadow.yaml`: read, expanded, typed and validated whole, or refused with one line that names the place.

Each module looks for the contradictions of one section, and asks those who will read a value whether they can.
"""

from shadow.validation.load import load_config, parse_config

__all__ = ["load_config", "parse_config"]
