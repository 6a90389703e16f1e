"""Bearable for the servers: how much is asked of them at a time, and when to wait."""
