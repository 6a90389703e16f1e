"""Live traffic: mirrored, compared, kept as evidence; and the front door of all three jobs."""
