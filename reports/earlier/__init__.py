"""An earlier report: the little that is kept of it, and what has changed since."""
