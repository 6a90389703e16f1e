"""Metrics: every name of the catalogue, and no other, with values that add up."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shadow.control.accounts import Accounts
from shadow.control.catalogue import CATALOGUE
from shadow.control.metrics import KNOWN_OUTCOMES, Metrics, split
from shadow.control.moment import Moment
from shadow.control.view import View
from shadow.records import Difference, Disposition, Gap, GapKind, Kind, Leg, Observation, Outcome

ROOT = Path(__file__).resolve().parents[3]
BEGIN, END = "<!-- metrics: begin -->\n", "<!-- metrics: end -->"
Make = Callable[..., Observation]


class Scrape:
    """The samples of a scrape, by name and labels."""

    def __init__(self, view: View, moment: Moment | None = None) -> None:
        found = moment or Moment(expected=("sender 0", "comparer 0"), connected=("sender 0",))
        metrics = Metrics(view, lambda: found, version="1.2", tee_limit_bytes=64)
        body, self.content_type = asyncio.run(metrics.render(""))
        self.text = body.decode()
        self.families = list(text_string_to_metric_families(self.text))
        self.samples = {
            (s.name, tuple(sorted(s.labels.items()))): s.value for f in self.families for s in f.samples
        }

    def of(self, name: str, **labels: str) -> float:
        return self.samples[(name, tuple(sorted(labels.items())))]

    def total(self, name: str) -> float:
        return sum(value for (each, _), value in self.samples.items() if each == name)

    def series(self) -> set[str]:
        return {name for name, _ in self.samples}


def full(view: View, observed: Make) -> Scrape:
    difference = Difference(kind=Kind.value, path="body:$.a", group="body:$.a")
    view.take([
        observed(),
        observed("POST /b", Outcome.mismatch, candidate=500, differences=(difference,)),
        observed("GET /c", Outcome.candidate_failed, candidate=0),
        observed(candidate=429, seconds=0.3),
        observed(outcome=Outcome.shed, reason="breaker_open", candidate=-1),
    ])
    view.settle("sender_lost", 2)
    view.begin_gap(Gap(kind=GapKind.sender_lost, started_at=1.0, ended_at=3.5), hung=True)
    view.begin_gap(Gap(kind=GapKind.comparer_lost, started_at=1.0, ended_at=1.0))
    view.report_breaker("sender 0", Leg.candidate, "open", 2, "GET /c")
    view.commits.add(0.004)
    view.failed_commits = 1
    view.paused = True
    return Scrape(view, Moment(
        accounts=Accounts(accepted=12, in_flight=1, local={(Outcome.shed, "tee_full"): 4}), waiting_bytes=7,
        refused=3, stored_at=1700000000.5, expected=("sender 0", "comparer 0"), connected=("sender 0",),
        lagging=1, lag_s=0.25, mirrored={"POST <16KiB": 5, "* <1KiB": 2}, shed={"GET >=1MiB": 1},
    ))  # fmt: skip


def test_values(view: View, observed: Make) -> None:
    scrape = full(view, observed)
    a = {"http_request_method": "GET", "http_route": "/a"}
    assert scrape.content_type.startswith("text/plain")
    assert scrape.of("shadow_accepted_requests_total") == 12
    assert scrape.of("shadow_refused_requests_total") == 3
    assert scrape.of("shadow_outcomes_total", outcome="shed", reason="tee_full") == 4
    assert scrape.of("shadow_outcomes_total", outcome="shed", reason="breaker_open") == 1
    assert scrape.of("shadow_shed_total", reason="sender_lost") == 2
    assert scrape.total("shadow_shed_total") == 7
    assert scrape.of("shadow_endpoint_outcomes_total", **a, outcome="match") == 2
    assert scrape.of("shadow_leg_requests_total", **a, leg="candidate", status="success") == 2
    assert scrape.of("shadow_leg_request_duration_seconds_bucket", **a, leg="candidate", le="0.25") == 1
    assert scrape.of("shadow_leg_request_duration_seconds_bucket", **a, leg="candidate", le="0.5") == 2
    assert scrape.of("shadow_leg_request_duration_seconds_sum", **a, leg="candidate") == pytest.approx(0.32)
    assert scrape.of("shadow_differences_total", kind="value", disposition="open") == 1
    assert scrape.of("shadow_breaker_state", leg="candidate", state="open") == 1
    assert scrape.of("shadow_breaker_state", leg="candidate", state="closed") == 0
    assert scrape.of("shadow_breaker_trips_total", leg="candidate", http_request_method="GET", http_route="/c") == 2
    assert scrape.of("shadow_gap_seconds_total", kind="sender_lost") == 2.5
    assert scrape.of("shadow_process_restarts_total", role="sender") == 1
    assert scrape.of("shadow_process_restarts_total", role="keeper") == 0
    assert scrape.of("shadow_process_hangs_total", role="sender") == 1
    assert scrape.of("shadow_process_hangs_total", role="comparer") == 0
    assert scrape.of("shadow_process_connected", process="sender 0") == 1
    assert scrape.of("shadow_process_connected", process="comparer 0") == 0
    assert scrape.of("shadow_paused") == 1
    assert (scrape.of("shadow_tee_bytes"), scrape.of("shadow_tee_limit_bytes")) == (7, 64)
    assert scrape.of("shadow_tee_mirrored_total", http_request_method="POST", size="<16KiB") == 5
    assert scrape.of("shadow_tee_mirrored_total", http_request_method="_OTHER", size="<1KiB") == 2
    assert scrape.of("shadow_tee_shed_total", http_request_method="GET", size=">=1MiB") == 1
    assert (scrape.of("shadow_listener_lag_seconds"), scrape.of("shadow_listeners_lagging")) == (0.25, 1)
    assert scrape.of("shadow_ledger_commit_seconds_bucket", le="0.005") == 1
    assert scrape.of("shadow_ledger_commit_failures_total") == 1
    assert scrape.of("shadow_ledger_last_commit_timestamp_seconds") == 1700000000.5
    assert scrape.of("shadow_build_info", version="1.2") == 1
    assert scrape.of("requests_total", leg="primary", status="success") == 5
    assert scrape.of("requests_total", leg="candidate", status="error") == 2
    assert scrape.of("requests_total", leg="candidate", status="success") == 2
    assert scrape.of("response_time_bucket", leg="candidate", le="0.025") == 2
    assert scrape.of("response_time_count", leg="candidate") == 3
    assert scrape.of("rate_limit_triggers_total", leg="candidate") == 1
    assert scrape.of("circuit_breaker_trips_total", leg="candidate") == 2
    assert scrape.of("circuit_breaker_trips_total", leg="primary") == 0


def test_it_adds_up(view: View, observed: Make) -> None:
    scrape = full(view, observed)
    assert scrape.total("shadow_outcomes_total") + scrape.of("shadow_in_flight_requests") == 12
    assert scrape.total("shadow_outcomes_total") == scrape.of("shadow_accepted_requests_total") - 1


def test_known_series_are_there_from_the_start(view: View) -> None:
    scrape = Scrape(view)
    for outcome, reason in KNOWN_OUTCOMES:
        assert scrape.of("shadow_outcomes_total", outcome=outcome, reason=reason) == 0
    for leg in ("primary", "candidate"):
        assert scrape.of("requests_total", leg=leg, status="error") == 0
        assert scrape.of("response_time_bucket", leg=leg, le="+Inf") == 0
        assert scrape.of("rate_limit_triggers_total", leg=leg) == 0
        assert scrape.of("circuit_breaker_trips_total", leg=leg) == 0
    for kind in Kind:
        assert scrape.of("shadow_differences_total", kind=kind, disposition=Disposition.open) == 0
    for gap in GapKind:
        assert scrape.of("shadow_gaps_total", kind=gap) == 0


def test_exactly_the_catalogue_with_its_types_and_labels(view: View, observed: Make) -> None:
    scrape = full(view, observed)
    expected = {series for name, entry in CATALOGUE.items() for series in entry.series(name)}
    assert scrape.series() == expected
    types = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", scrape.text))
    assert types == {name: entry.kind for name, entry in CATALOGUE.items()}
    for (series, labels), _ in scrape.samples.items():
        (entry,) = (e for n, e in CATALOGUE.items() if series in e.series(n))
        assert {name for name, _ in labels} - {"le"} == set(entry.labels), series


def test_the_names_are_as_they_should_be() -> None:
    for name, entry in CATALOGUE.items():
        assert name.endswith("_total") is (entry.kind == "counter"), name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert entry.meaning.endswith("."), name
        # Base units only; nothing that identifies a key.
        assert not re.search(r"milli|_ms\b|percent|kilo|mega|redaction|key_id", name + entry.meaning)


def test_series_are_bounded_whatever_is_asked_for(observed: Make) -> None:
    view = View(legs=(Leg.primary, Leg.candidate), max_endpoints=10)
    view.take([observed(f"GET /{n}/secret-{n}") for n in range(500)])
    routes = {
        value for (_, labels) in Scrape(view).samples for name, value in labels if name == "http_route"
    }
    assert len(routes) == 11
    assert "_other" in routes


@pytest.mark.parametrize(
    ("endpoint", "method", "route"),
    [
        ("GET /users/{id}", "GET", "/users/{id}"),
        ("GET _other", "GET", "_other"),
        ("* _other", "_OTHER", "_other"),
        ("_unattributed", "_OTHER", "_unattributed"),
    ],
)
def test_method_and_route(endpoint: str, method: str, route: str) -> None:
    assert split(endpoint) == (method, route)


def test_the_page_lists_exactly_these() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    table = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()[2:]
    rows = [
        f"| `{name}` | {entry.kind} | {', '.join(f'`{each}`' for each in entry.labels) or '-'} | {entry.meaning} |"
        for name, entry in CATALOGUE.items()
    ]
    assert table == rows


def queries(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        if node.get("type") == "query" and isinstance(node.get("query"), str):
            yield node["query"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from queries(each)


# What is a word in PromQL here, and neither a metric nor a label.
FUNCTIONS = {"sum", "max", "rate", "increase", "time", "vector", "by", "or", "topk", "histogram_quantile",
             "label_values", "without"}  # fmt: skip


def used(query: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels in a query."""
    labels = {one.strip() for group in re.findall(r"(?:by|without) \(([^)]*)\)", query) for one in group.split(",")}
    labels |= set(re.findall(r"([a-z_]+)=~?\"", query))
    bare = re.sub(r"\"[^\"]*\"|\{[^}]*\}|\[[^]]*\]|(?:by|without) \([^)]*\)", " ", query)
    words = set(re.findall(r"[a-z_]{2,}", bare)) - FUNCTIONS
    return words - {"job"}, labels


@pytest.mark.parametrize("path", ["deploy/grafana/shadow.json", "docs/operations.md"])
def test_what_is_queried_exists(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    if path.endswith(".json"):
        asked = list(queries(json.loads(text)))
        assert len(asked) > 20
    else:
        asked = [" ".join(each.split()) for each in re.findall(r"`((?:histogram|increase|sum)[^`]*\))`", text)]
        assert len(asked) == 3
    series = {each: entry for name, entry in CATALOGUE.items() for each in entry.series(name)}
    for query in asked:
        metrics, labels = used(query)
        assert metrics, query
        assert metrics <= series.keys(), query
        allowed = {"job", "le"}.union(*(series[each].labels for each in metrics))
        assert labels <= allowed, query


def test_the_dashboard_shows_every_metric() -> None:
    asked = " ".join(queries(json.loads((ROOT / "deploy/grafana/shadow.json").read_text("utf-8"))))
    assert [name for name in CATALOGUE if name not in asked] == []


def test_the_dashboard_imports() -> None:
    board = json.loads((ROOT / "deploy/grafana/shadow.json").read_text("utf-8"))
    identities = [panel["id"] for panel in board["panels"]]
    assert len(identities) == len(set(identities))
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(places) == len(set(places))
    # Nobody's own data source or organisation is in it.
    assert all(p["datasource"]["uid"] == "${datasource}" for p in board["panels"] if p["type"] != "row")
