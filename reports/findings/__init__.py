"""What is wrong, named: one finding for each open signature, failing candidate, slower endpoint and data finding."""

from __future__ import annotations

from reports.findings.collect import collect_findings

__all__ = ["collect_findings"]
