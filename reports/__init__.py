"""Judgement: evidence held against criteria, as one document, and everything that prints it."""
