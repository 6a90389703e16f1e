"""The statements that add rows up, one per table; every one may run on a row that is already there."""

from __future__ import annotations

OUTCOME = (
    "INSERT INTO outcome (epoch, block_at, endpoint, outcome, reason, triage, n) VALUES (?, ?, ?, ?, ?, "
    "?, ?) ON CONFLICT (epoch, block_at, endpoint, outcome, reason, triage) DO UPDATE SET n = n + "
    "excluded.n"
)

JOINT = (
    "INSERT INTO joint (epoch, block_at, endpoint, criterion, both_ok, old_bad, new_bad, both_bad) VALUES "
    "(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, block_at, endpoint, criterion) DO UPDATE SET both_ok = "
    "both_ok + excluded.both_ok, old_bad = old_bad + excluded.old_bad, new_bad = new_bad + "
    "excluded.new_bad, both_bad = both_bad + excluded.both_bad"
)

PAIRING = (
    "INSERT INTO pairing (epoch, block_at, endpoint, both, only_old, only_new, neither) VALUES (?, ?, ?, "
    "?, ?, ?, ?) ON CONFLICT (epoch, block_at, endpoint) DO UPDATE SET both = both + excluded.both, "
    "only_old = only_old + excluded.only_old, only_new = only_new + excluded.only_new, neither = neither "
    "+ excluded.neither"
)

RATIO = (
    "INSERT INTO ratio (epoch, block_at, endpoint, against, n, sum_log, sum_log2) VALUES (?, ?, ?, ?, ?, "
    "?, ?) ON CONFLICT (epoch, block_at, endpoint, against) DO UPDATE SET n = n + excluded.n, sum_log = "
    "sum_log + excluded.sum_log, sum_log2 = sum_log2 + excluded.sum_log2"
)

HISTOGRAM = (
    "INSERT INTO histogram (epoch, block_at, endpoint, leg, scale, bucket, n) VALUES (?, ?, ?, ?, ?, ?, "
    "?) ON CONFLICT (epoch, block_at, endpoint, leg, scale, bucket) DO UPDATE SET n = n + excluded.n"
)

SET_COUNT = (
    "INSERT INTO set_count (epoch, block_at, endpoint, outcome, signature_set, n) VALUES (?, ?, ?, ?, ?, "
    "?) ON CONFLICT (epoch, block_at, endpoint, outcome, signature_set) DO UPDATE SET n = n + excluded.n"
)

SIGNATURE_COUNT = (
    "INSERT INTO signature_count (epoch, block_at, signature, n, n_open, first_at, last_at) VALUES (?, ?, "
    "?, ?, ?, ?, ?) ON CONFLICT (epoch, block_at, signature) DO UPDATE SET n = n + excluded.n, n_open = "
    "n_open + excluded.n_open, first_at = min(first_at, excluded.first_at), last_at = max(last_at, "
    "excluded.last_at)"
)

EPOCH_SPAN = (
    "UPDATE epoch SET first_at = min(first_at, ?1), last_at = max(last_at, ?2), named_at = "
    "max(coalesce(named_at, ?3), coalesce(?3, named_at)) WHERE id = ?4"
)

LANE = "INSERT OR REPLACE INTO lane VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

EPOCHS = (
    "SELECT id, primary_build, candidate_build, first_at, last_at, named_at FROM epoch "
    "ORDER BY named_at DESC, last_at DESC, id DESC"
)

LANES = (
    "SELECT lane, started_at, closed, known, final, accepted, open, handed, local, acked FROM lane "
    "ORDER BY started_at, lane"
)

NEW_EPOCH = "INSERT INTO epoch (primary_build, candidate_build, first_at, last_at) VALUES (?, ?, ?, ?)"
SLOT = "SELECT example FROM example_slot WHERE epoch = ? AND signature = ? AND slot = ?"
FREE = "DELETE FROM example WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM example_slot WHERE example = ?1)"
