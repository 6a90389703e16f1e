"""MongoDB: documents as raw bytes, decoded only where they differ."""
