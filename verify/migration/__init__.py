"""A migration tried on a copy of a database: what it changes, loses and locks, and whether it can be undone."""
