"""The example migration, run from end to end: what `shadow demo` does."""

from shadow.demo.example import Example, find_example
from shadow.demo.expected import Account, Plant, account_for, load_plants
from shadow.demo.run import Settings, run_demo

__all__ = ["Account", "Example", "Plant", "Settings", "account_for", "find_example", "load_plants", "run_demo"]
