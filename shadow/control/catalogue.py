"""Every metric that is exported: name, type, labels, meaning. The documentation and the dashboard are held to it."""

from __future__ import annotations

from typing import Literal

import msgspec

CLASS = ("http_request_method", "size")
ENDPOINT = ("http_request_method", "http_route")


class Entry(msgspec.Struct, frozen=True):
    """A metric. The name of a counter ends in `_total`; a histogram has `_bucket`, `_sum` and `_count`."""

    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str

    def series(self, name: str) -> tuple[str, ...]:
        """Return the names under which queries find it."""
        if self.kind == "histogram":
            return (f"{name}_bucket", f"{name}_sum", f"{name}_count")
        return (name,)


CATALOGUE: dict[str, Entry] = {
    "shadow_accepted_requests_total": Entry("counter", (), "Live requests accepted."),
    "shadow_refused_requests_total": Entry("counter", (), "Live requests refused because they break HTTP's rules."),
    "shadow_in_flight_requests": Entry(
        "gauge", (), "Accepted requests without an outcome yet: accepted = outcomes + in flight."
    ),
    "shadow_outcomes_total": Entry("counter", ("outcome", "reason"), "Exchanges by outcome and reason."),
    "shadow_endpoint_outcomes_total": Entry(
        "counter", (*ENDPOINT, "outcome"), "Exchanges by endpoint and outcome; without those that the listeners ended."
    ),
    "shadow_shed_total": Entry("counter", ("reason",), "Exchanges that were shed, by reason; part of the outcomes."),
    "shadow_leg_requests_total": Entry(
        "counter", ("leg", *ENDPOINT, "status"), "Calls of a leg: success, or error (no answer, or 500 and above)."
    ),
    "shadow_leg_request_duration_seconds": Entry(
        "histogram", ("leg", *ENDPOINT), "Seconds from the first byte sent to the last byte received, answers only."
    ),
    "shadow_differences_total": Entry(
        "counter", ("kind", "disposition"), "Differences by kind and by what covered them; open ones count."
    ),
    "shadow_triage_total": Entry(
        "counter", ("triage",), "Mismatches by what second looks made of them; pending: nothing, they keep failing."
    ),
    "shadow_reasked_requests_total": Entry(
        "counter", ("purpose",), "Looks at the old build that were granted: to learn noise, or for triage."
    ),
    "shadow_reask_refusals_total": Entry(
        "counter", ("reason",), "Looks that were refused: the share or the rate was spent, or asking was stopped."
    ),
    "shadow_reask_stops_total": Entry(
        "counter", ("reason",), "Times asking again stopped: 429 or 503, a failing or a slower old build."
    ),
    "shadow_reask_stopped": Entry("gauge", (), "Senders that ask nothing again for now."),
    "shadow_breaker_state": Entry(
        "gauge", ("leg", "state"), "Senders whose circuit breaker for the leg is in the state."
    ),
    "shadow_breaker_trips_total": Entry("counter", ("leg", *ENDPOINT), "Times a leg's circuit breaker opened."),
    "shadow_gaps_total": Entry("counter", ("kind",), "Intervals in which evidence was lost or not collected."),
    "shadow_gap_seconds_total": Entry("counter", ("kind",), "Seconds of such intervals."),
    "shadow_process_restarts_total": Entry("counter", ("role",), "Processes that died and were started again."),
    "shadow_process_hangs_total": Entry("counter", ("role",), "Those of them that stood still and were killed."),
    "shadow_process_connected": Entry("gauge", ("process",), "1 where it is connected to the keeper, else 0."),
    "shadow_paused": Entry("gauge", (), "1 while mirroring is paused, else 0."),
    "shadow_tee_bytes": Entry("gauge", (), "Bytes of copies that the listeners hold."),
    "shadow_tee_limit_bytes": Entry("gauge", (), "Bytes of copies that the listeners may hold."),
    "shadow_tee_mirrored_total": Entry("counter", CLASS, "Exchanges handed over to be mirrored, by class."),
    "shadow_tee_shed_total": Entry("counter", CLASS, "Exchanges that the listeners shed for want of room, by class."),
    "shadow_listener_lag_seconds": Entry("gauge", (), "By how much the slowest listener's loop lags."),
    "shadow_listeners_lagging": Entry("gauge", (), "Listeners that stopped mirroring until they have caught up."),
    "shadow_ledger_commit_seconds": Entry("histogram", (), "Seconds that a commit took."),
    "shadow_ledger_commit_failures_total": Entry("counter", (), "Commits that the ledger refused."),
    "shadow_ledger_last_commit_timestamp_seconds": Entry("gauge", (), "When the last commit ended, Unix time."),
    "shadow_build_info": Entry("gauge", ("version",), "1; the version that runs."),
    "requests_total": Entry("counter", ("leg", "status"), "Calls of a leg, by success or error."),
    "response_time": Entry("histogram", ("leg",), "Seconds that a leg took, answers only."),
    "rate_limit_triggers_total": Entry(
        "counter", ("leg",), "Answers of 429, and calls that the mirror's own limit held back."
    ),
    "circuit_breaker_trips_total": Entry("counter", ("leg",), "Times a leg's circuit breaker opened."),
}
