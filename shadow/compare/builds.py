"""Which build each leg's answer comes from: what its header says, else what the configuration says."""

from __future__ import annotations

import msgspec

from shadow.config.model import Config
from shadow.records import LegAnswer, LegResult

MAX_CHARS = 100


class Builds:
    """Names builds, as configured."""

    def __init__(self, config: Config) -> None:
        legs = {"primary": config.primary, "candidate": config.candidate, "secondary": config.secondary}
        self._known = {
            name: (leg.build, leg.build_header.lower().encode("latin-1"))
            for name, leg in legs.items()
            if leg is not None
        }
        # Without a secondary of its own, what answers as one is the primary, asked again.
        self._known.setdefault("secondary", self._known["primary"])

    def named(self, answer: LegAnswer) -> LegResult:
        """Return a leg's result with its build."""
        result = answer.result
        build, header = self._known.get(result.leg.value, ("", b""))
        if header and answer.response is not None:
            for name, value in answer.response.headers:
                if name.lower() == header:
                    build = value.decode("latin-1").strip()[:MAX_CHARS]
                    break
        if not build or result.build == build:
            return result
        return msgspec.structs.replace(result, build=build)
