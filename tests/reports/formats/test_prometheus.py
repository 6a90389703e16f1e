from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from reports.document import Result
from reports.formats.prometheus import render_prometheus


def samples(document: Result) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(render_prometheus(document)):
        assert family.type == "gauge" and family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_a_parser_reads_what_was_meant(document: Result, nasty: str) -> None:
    found = samples(document)
    assert found["shadow_gate_exit_code"] == [({}, 12.0)]
    assert found["shadow_gate_evaluated_timestamp_seconds"] == [({}, 1_700_000_000.0)]
    assert found["shadow_gate_info"][0][0]["candidate_build"] == 'c"2'
    statuses = {labels["criterion"]: labels["status"] for labels, value in found["shadow_gate_criterion"] if value == 1}
    assert statuses["parity"] == "fail" and len(statuses) == 6
    assert nasty in [labels["scope"] for labels, _ in found["shadow_gate_criterion"]]


def test_what_has_no_number_has_no_series(document: Result, empty: Result) -> None:
    assert [labels["criterion"] for labels, _ in samples(document)["shadow_gate_criterion_needed"]] == ["error_rate"]
    assert "shadow_gate_criterion" not in samples(empty)
