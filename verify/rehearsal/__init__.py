"""Made-up tables through the run's own code before each run: what it would not notice, it cannot prove."""
