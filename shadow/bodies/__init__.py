"""The body of a message: decoded, and parsed exactly."""
