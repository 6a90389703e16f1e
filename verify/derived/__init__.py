"""Tables that no store has as such: the items of an array, several tables joined by their key, or put together."""
