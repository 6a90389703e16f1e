"""Small pure statistics, one method a module, each with its source."""

from reports.statistics.threads import one_thread

with one_thread():
    import numpy  # noqa: F401  (whoever imports it later finds it loaded)
