"""Rules over stored evidence: what today's rules make of yesterday's exchanges. Pure; the comparer has its own."""
