"""Repair files: statements that make one side like the other where it still holds what was seen. Not run from here."""
