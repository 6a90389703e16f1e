"""The listener without sockets answers, copies and hands over as with them."""

from __future__ import annotations

import gc

import pytest
import uvloop

from bench.live.socketfree import KINDS, measure


@pytest.mark.parametrize("kind", KINDS)
def test_it_measures_a_real_listener(kind: str) -> None:
    thresholds = gc.get_threshold()
    try:
        # It asserts that everything was accepted, handed over and written.
        blocks = uvloop.run(measure(KINDS[kind](), 0.05))
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    assert len(blocks) >= 5
    assert all(block > 0 for block in blocks)
