"""Which rows differ: digests of buckets first, then the rows of those that differ."""
