"""Nightly reports side by side: a folder of pages, and the index over them."""
