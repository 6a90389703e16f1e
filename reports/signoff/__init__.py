"""Who signed what, until when, and whether it still holds."""
