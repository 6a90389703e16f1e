"""Two answers held against each other: from bytes to differences, and what rules and noise leave of them."""
