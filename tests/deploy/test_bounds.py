"""The bounds in bytes that docs/operations.md adds up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from shadow.config.model import Config, Primary, ShadowLeg

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20

# Three answers of the shape that takes the most memory for its bytes, compressed; in a process of its own.
BOMB = """
import gzip, sys
from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.redact import Redactor

limit, piece = int(sys.argv[1]), sys.argv[2].encode()
config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"),
                secondary=ShadowLeg(url="http://c"), compare=Compare(max_decoded_bytes=limit))
comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"k" * 32))
headers = ((b"content-type", b"application/json"), (b"content-encoding", b"gzip"))

def answer(leg, number):
    body = gzip.compress(b"[" + piece * ((limit - 100) // len(piece)) + b"%d]" % number, 1)
    result = LegResult(leg=leg, state=LegState.answered, status=200, duration_s=0.1, body_bytes=len(body))
    return LegAnswer(result=result, response=ResponseCopy(status=200, headers=headers, body=body))

def kib(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

answers = [answer(leg, number) for number, leg in enumerate((Leg.primary, Leg.candidate, Leg.secondary))]
exchange = Exchange(lane="l", seq=1, started_at=0.0, client="c",
                    request=RequestCopy(method="GET", target=b"/x", headers=(), body=b""),
                    primary=answers[0], candidate=answers[1], secondary=answers[2])
open("/proc/self/clear_refs", "w").write("5")
before = kib("VmRSS")
observed = comparer.observe(exchange)
print((kib("VmHWM") - before) * 1024, observed.outcome)
"""


@pytest.mark.parametrize("piece", ["{},", "0.1,", '{"":0},'])
def test_a_comparer_within_its_bound(piece: str) -> None:
    limit = 2 * MIB
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(limit), piece], cwd=ROOT, capture_output=True, text=True, check=True
    )
    grown, outcome = done.stdout.split()
    assert limit < int(grown) < 80 * limit
    assert outcome in ("not_comparable", "mismatch")


def test_observations_that_wait_are_bounded() -> None:
    from shadow.compare import worker
    from shadow.legs import sending

    assert worker._OUTBOX_BYTES == sending._OUTBOX_BYTES == 32 * MIB


class Link:
    """A listener's link as far as the sender holds it back."""

    def __init__(self) -> None:
        self.paused = False

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False


@pytest.mark.parametrize("secondary", [0, 5])
def test_a_sender_stops_reading_at_twice_its_connections(secondary: int) -> None:
    from shadow.ipc.assignment import Assignment
    from shadow.legs.sending import Sender

    config = Config(
        primary=Primary(url="http://127.0.0.1:1"),
        candidate=ShadowLeg(url="http://127.0.0.1:2", connections=7),
        secondary=ShadowLeg(url="http://127.0.0.1:3", connections=secondary) if secondary else None,
    )
    most = 2 * (7 + secondary)

    async def run() -> list[bool]:
        sender = Sender(
            Assignment(role="sender", run_id="r", index=0, config=config, listen_fd=-1, lane_path="", keeper_path="k")
        )
        link = Link()
        sender._links.add(link)  # type: ignore[arg-type]
        paused = []
        for under_way in (0, most - 1, most, most - 1):
            sender._under_way = under_way
            sender._balance()
            paused.append(link.paused)
        return paused

    assert asyncio.run(run()) == [False, False, True, False]
