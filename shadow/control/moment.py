"""How the mirror is right now: what the keeper tells when it is asked, beside the view."""

from __future__ import annotations

import msgspec

from shadow.control.accounts import Accounts


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting_bytes` are copies that the listeners hold; `refused` requests broke HTTP's rules and were never
    accepted. `stored_at` is the instant of the last commit, 0 for none; `looked_s` the age in seconds of the last
    round in which all that had come was stored. `expected` and `connected` name processes, `silent` listeners that
    have not been heard from, `hung` those of them that have not for a minute; the faults say why the ledger or the
    lanes cannot be used, empty where they can. `lagging` listeners have stopped mirroring by themselves, `lag_s` is
    the longest lag of a listener's loop. `mirrored` and `shed` are counted at the listeners, by class of method and
    size.
    """

    accounts: Accounts = Accounts()
    waiting_bytes: int = 0
    refused: int = 0
    stored_at: float = 0.0
    looked_s: float = 0.0
    ledger_fault: str = ""
    lanes_fault: str = ""
    expected: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    hung: tuple[str, ...] = ()
    lagging: int = 0
    lag_s: float = 0.0
    mirrored: dict[str, int] = {}
    shed: dict[str, int] = {}
