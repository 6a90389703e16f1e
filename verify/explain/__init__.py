"""Why rows differ: the differing rows of a pair, clustered into causes while they pass, in bounded memory."""
