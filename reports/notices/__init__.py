"""Telling people: what changed between two judgements, and the channels it is sent through."""
