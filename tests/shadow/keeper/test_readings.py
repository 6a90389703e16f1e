from __future__ import annotations

import pytest

from shadow.keeper.readings import readings

TEXT = """\
# HELP trips_total Trips.
# TYPE trips_total counter
trips_total{circuit="db"} 2
trips_total{circuit="a\\"b"} 3
process_resident_memory_bytes 3.2e+08
bad NaN
"""
JSON = '{"memory": {"rss": 320000000}, "workers": [{"cpu": 0.25}], "up": true, "name": "x", "none": null}'


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (TEXT, "process_resident_memory_bytes", 3.2e8),
        (TEXT, "trips_total", 5.0),
        (TEXT, 'trips_total{circuit="db"}', 2.0),
        (TEXT, 'trips_total{circuit="a\\"b"}', 3.0),
        (TEXT, 'trips_total{circuit="none"}', None),
        (TEXT, "trips", None),
        (TEXT, "bad", None),
        ("", "trips_total", None),
        (JSON, "memory.rss", 320000000.0),
        (JSON, "workers.0.cpu", 0.25),
        (JSON, "workers.1.cpu", None),
        (JSON, "up", None),
        (JSON, "name", None),
        (JSON, "none.deeper", None),
        (" \n" + JSON, "memory.rss", 320000000.0),
    ],
)
def test_readings(text: str, name: str, value: float | None) -> None:
    assert readings(text, frozenset({name})) == ({} if value is None else {name: value})


@pytest.mark.parametrize("text", ["{", "<html>", 'a{b="c} 1', "a b c d e"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        readings(text, frozenset({"a"}))
