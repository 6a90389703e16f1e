"""What the gate asks, one criterion a module; each is a pure function from tallies to Criterion rows."""
