"""What each key of the gate's newer criteria means; part of `shadow.config.meanings`."""

from __future__ import annotations

CRITERIA_MEANINGS: dict[str, str] = {
    "Coverage.cases": "Classes of answers and query parameters that have to be seen: `GET /users status 4xx`, "
    "`GET /users parameter page`.",
    "Coverage.openapi_cases": "Ask for those that the OpenAPI document declares, too (answers below 500).",
    "Gate.profile": "`cutover` fills what is left open below with the demands of a cutover plan, see docs/gate.md; "
    "empty: nothing.",
    "Gate.longest_burst": "With `looks: nightly`, how many failures in a row may be one event; 1: none.",
    "Gate.looks": "`nightly`: rates need evidence that stays valid however often the gate is asked; `once`: they need "
    "the bound alone, and the report says so.",
    "Gate.success": "The candidate's own success, overall and on consecutive days; null: not asked.",
    "Gate.objective": "An absolute objective for the candidate's latency; null: not asked.",
    "Gate.trips": "The candidate's circuit breaker; null: not asked.",
    "Gate.metrics": "Where the keeper reads the candidate's own counters; null: nowhere.",
    "Gate.counters": "Statements about the candidate's own counters.",
    "Gate.groups": "Groups of endpoints with demands of their own.",
    "Gate.load": "Was a multiple of the peak handled; null: not asked.",
    "Gate.sensitivity": "Does the comparison find what it should, and nothing else; null: not asked.",
    "Gate.approval": "Who has to sign; null: nobody.",
    "Parity.tier_1": "Endpoints that stand alone; all others count as one, `tail`. Empty: every expected endpoint "
    "stands alone.",
    "Success.min_ratio": "Share of the requests that the candidate has to answer below 500.",
    "Success.days": "Consecutive complete UTC days on which `day_ratio` has to be shown; 0: none.",
    "Success.day_ratio": "Share that has to be shown on each of these days.",
    "Success.min_observed_ratio": "Share of a day in which the mirror has to have worked; below it the day is a gap.",
    "Success.confidence": "One-sided confidence with which it has to be shown.",
    "Objective.quantile": "Quantile of the candidate's latency that is judged.",
    "Objective.max_s": "Seconds that it may take.",
    "Objective.confidence": "One-sided confidence with which it has to be shown.",
    "Trips.armed_h": "Hours in which the breaker was closed and requests went through, without a trip.",
    "Metrics.url": "Prometheus text or JSON: `http://127.0.0.1:9002/metrics`.",
    "Metrics.every_s": "Seconds between two readings.",
    "Metrics.timeout_s": "Seconds after which a reading has failed.",
    "Counter.name": "What the report calls it.",
    "Counter.metric": "Prometheus name, with labels if need be (`errors_total{kind=\"db\"}`), or the path in a JSON "
    "document (`memory.rss_bytes`).",
    "Counter.what": "`rise` of a counter, `highest` or `mean` reading of a gauge, or `up`: the share of readings that "
    "succeeded.",
    "Counter.most": "Greatest value allowed; null: no limit.",
    "Counter.least": "Least value allowed; null: no limit.",
    "Counter.over_h": "Watched hours that have to be there, and that it is judged over.",
    "Group.name": "What the report calls it.",
    "Group.endpoints": "Endpoints, `*` as in routes: `POST /auth/*`.",
    "Group.min_success_ratio": "Share of the requests that the candidate has to answer below 500; null: not asked.",
    "Group.max_s": "Seconds that `quantile` of the answers may take; null: not asked.",
    "Group.quantile": "Quantile that `max_s` is about.",
    "Group.confidence": "One-sided confidence with which it has to be shown.",
    "Load.factor": "Multiple of the recorded peak.",
    "Load.max_failed_ratio": "Share of the requests under load that may fail.",
    "Load.max_age_h": "Hours after which a load run counts no more.",
    "Sensitivity.min_detected_ratio": "Share of the mutated answers that has to be found.",
    "Sensitivity.min_mutations": "Mutated answers that have to have been tried.",
    "Sensitivity.max_alarm_ratio": "Share of the old build's own answers that may be called different.",
    "Sensitivity.max_age_h": "Hours after which the A/A certificate is too old.",
    "Approval.required": "People who have to sign.",
    "Approval.bind": "`build`: a signature holds while builds, settings and criteria do; `evidence`: only for exactly "
    "this evidence.",
    "Approval.max_age_h": "Hours for which a signature may hold at most.",
}

DRY_RUN = "Show the answer, and let it decide nothing."

CRITERIA_MEANINGS |= {
    f"{section}.dry_run": DRY_RUN
    for section in (
        "Parity", "ErrorRate", "Success", "Latency", "Objective", "Coverage", "Completeness", "Data", "Trips",
        "Counter", "Group", "Load", "Sensitivity", "Approval",
    )
}  # fmt: skip
