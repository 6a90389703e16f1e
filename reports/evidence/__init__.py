"""What the ledger's rows add up to: by endpoint, by day, by block of time; the input of every criterion."""
