"""A subject that takes too long is stopped, and has no figure."""

from __future__ import annotations

from bench.compare import cost


def test_a_figure_or_none(monkeypatch) -> None:
    """Within the limit seconds, beyond it nothing; the process is gone either way."""

    def endless(old: bytes, new: bytes) -> object:
        while True:
            pass

    monkeypatch.setitem(cost.SUBJECTS, "endless", endless)
    assert cost.cost_s("endless", b"", b"", 0.1) is None
    assert 0 < (cost.cost_s("shadow", b"[1]", b"[2]") or 0) < 0.01
