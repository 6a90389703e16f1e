"""Nightly reports side by side: what each said, and what changed from one to the next."""
