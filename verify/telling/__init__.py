"""What is found, in bounded and redacted words."""
