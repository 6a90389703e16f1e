"""What was learnt of noise, as numbers that add up: they travel between comparers, keeper and ledger."""
