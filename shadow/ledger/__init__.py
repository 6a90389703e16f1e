"""The store of evidence: its schema, its one writer, its readers."""
