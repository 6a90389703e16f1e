"""What `shadow gate` and `shadow report` cost on a large ledger: `make bench-report`."""
