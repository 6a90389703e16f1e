"""A run from its beginning to its end: what is due, what is shown, how it stops and how it is taken up again."""
