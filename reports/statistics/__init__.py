"""Small pure statistics, one method a module, each with its source."""
