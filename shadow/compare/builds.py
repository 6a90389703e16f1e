"""Which build each leg's answer comes from: what its header says, else what the configuration says."""

from __future__ import annotations

import msgspec

from shadow.config.model import Config
from shadow.records import Leg, LegAnswer, LegResult

MAX_CHARS = 100
_UNKNOWN = ("", b"")


class Builds:
    """Names builds, as configured."""

    def __init__(self, config: Config) -> None:
        legs = {Leg.primary: config.primary, Leg.candidate: config.candidate, Leg.secondary: config.secondary}
        self._known = {
            name: (leg.build, leg.build_header.lower().encode("latin-1"))
            for name, leg in legs.items()
            if leg is not None
        }
        # Without a secondary of its own, what answers as one is the primary, asked again.
        self._known.setdefault(Leg.secondary, self._known[Leg.primary])

    @property
    def headers(self) -> frozenset[bytes]:
        """The headers that tell a build, in lower case. Their values differ by what they are for."""
        return frozenset(header for _, header in self._known.values() if header)

    def named(self, answer: LegAnswer) -> LegResult:
        """Return a leg's result with its build."""
        result, build = answer.result, self._told_by(answer)
        return result if not build or result.build == build else msgspec.structs.replace(result, build=build)

    def build_of(self, answer: LegAnswer) -> str:
        """Return the build of a leg's answer, empty where it is not known."""
        return self._told_by(answer) or answer.result.build

    def _told_by(self, answer: LegAnswer) -> str:
        build, header = self._known.get(answer.result.leg, _UNKNOWN)
        if header and answer.response is not None:
            for name, value in answer.response.headers:
                if len(name) == len(header) and name.lower() == header:
                    return value.decode("latin-1").strip()[:MAX_CHARS]
        return build
