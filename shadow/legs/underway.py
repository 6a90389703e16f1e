"""An exchange between the listener and a comparer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shadow.ipc.messages import Handed
from shadow.ipc.wired import Answered, Carried
from shadow.legs.call import not_called
from shadow.legs.comparers import Key
from shadow.records import ITSELF, Exchange, Leg, LegAnswer, RequestCopy
from shadow.translation import Translation


class UnderWay:
    """What was handed over, in how many bytes. Once it `is_answered`, the client's next one, its `follower`, may ask
    the legs."""

    __slots__ = ("follower", "handed", "is_answered", "key", "size_bytes")

    def __init__(self, key: Key, handed: Handed, size_bytes: int) -> None:
        self.key = key
        self.handed = handed
        self.size_bytes = size_bytes
        self.is_answered = False
        self.follower: UnderWay | None = None

    def carried(self, answer: Answered, secondary: Answered | None) -> Carried:
        """Return what a comparer gets where the candidate alone was asked, and as the primary was: nothing of it was
        taken apart here."""
        handed = self.handed
        return Carried(
            self.key[0], handed.seq, handed.started_at, handed.client, handed.request, handed.primary, answer, secondary
        )

    def exchange(
        self, answers: Mapping[Leg, LegAnswer], translations: Mapping[Leg, Translation] = MappingProxyType({}),
        asked: Mapping[Leg, RequestCopy] = MappingProxyType({}),
    ) -> Exchange:  # fmt: skip
        """Return what a comparer gets of it. `answers` has the candidate's; where the old build is compared with
        itself, it was not called."""
        handed = self.handed
        mirrored = Leg.candidate in handed.legs
        return Exchange(
            lane=self.key[0],
            seq=self.key[1],
            started_at=handed.started_at,
            client=handed.client,
            request=handed.request.copy(),
            primary=handed.primary.answer(Leg.primary),
            candidate=answers[Leg.candidate] if mirrored else not_called(Leg.candidate, ITSELF),
            secondary=answers.get(Leg.secondary),
            translations=dict(translations),
            asked=dict(asked),
        )
