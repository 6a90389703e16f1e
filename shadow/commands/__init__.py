"""The commands that need no other job: configuration, rules, mapping, ledger, export, doctor, demo."""
