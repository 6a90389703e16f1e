"""Proof before a run that a change would be noticed, from the store's own reading to the digest."""
