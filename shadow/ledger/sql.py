"""The statements of the ledger that are used over and over."""

from __future__ import annotations


def adding(table: str, key: str, counts: str) -> str:
    """Return the statement that inserts a row, or adds its counts to the row with the same key."""
    columns = f"{key}, {counts}"
    places = ", ".join("?" for _ in columns.split(","))
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in counts.split(", "))
    # Table and columns are words of this module, never input.
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {sums}"  # noqa: S608


OUTCOME = adding("outcome", "epoch, block_at, endpoint, outcome, reason, triage", "n")
JOINT = adding("joint", "epoch, block_at, endpoint, criterion", "both_ok, old_bad, new_bad, both_bad")
PAIRING = adding("pairing", "epoch, block_at, endpoint", "both, only_old, only_new, neither")
RATIO = adding("ratio", "epoch, block_at, endpoint, against", "n, sum_log, sum_log2")
HISTOGRAM = adding("histogram", "epoch, block_at, endpoint, leg, scale, bucket", "n")
SET_COUNT = adding("set_count", "epoch, block_at, endpoint, outcome, signature_set", "n")
RULES_IN_FORCE = (
    "INSERT INTO rules_in_force (epoch, endpoint, digest, first_at, last_at, n) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (epoch, endpoint, digest) DO UPDATE SET n = n + excluded.n,"
    " first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)"
)
RULE_HIT = adding("rule_hit", "epoch, day_at, endpoint, rule", "n")
SELF_PROOF = adding("self_proof", "epoch, day_at, endpoint, mutation, detected, blinded_by", "n")
FEATURE = adding("feature", "epoch, endpoint, signature, name", "n")
SIGNATURE_COUNT = (
    "INSERT INTO signature_count (epoch, block_at, signature, n, n_open, first_at, last_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, block_at, signature) DO UPDATE SET"
    " n = n + excluded.n, n_open = n_open + excluded.n_open,"
    " first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)"
)

EPOCHS = (
    "SELECT id, primary_build, candidate_build, first_at, last_at, named_at FROM epoch"
    " ORDER BY named_at DESC, last_at DESC, id DESC"
)
NEW_EPOCH = "INSERT INTO epoch (primary_build, candidate_build, first_at, last_at) VALUES (?, ?, ?, ?)"
EPOCH_SPAN = (
    "UPDATE epoch SET first_at = min(first_at, ?1), last_at = max(last_at, ?2),"
    " named_at = max(coalesce(named_at, ?3), coalesce(?3, named_at)) WHERE id = ?4"
)

LANE = "INSERT OR REPLACE INTO lane VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
LANES = (
    "SELECT lane, started_at, closed, known, final, accepted, open, handed, local, acked FROM lane"
    " ORDER BY started_at, lane"
)

LANE_CLASS = "INSERT OR REPLACE INTO lane_class (lane, class, mirrored, shed) VALUES (?, ?, ?, ?)"
LANE_CLASSES = "SELECT lane, class, mirrored, shed FROM lane_class"

SLOT = "SELECT example FROM example_slot WHERE epoch = ? AND signature = ? AND slot = ?"
FREE = "DELETE FROM example WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM example_slot WHERE example = ?1)"
