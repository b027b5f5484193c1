"""What a finished transaction changed, so that each view can decide whether it cares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Changes:
    """Topics (table names such as ``patient``) and the ids touched in each. Empty ids: the whole topic."""

    topics: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def touches(self, topic: str) -> bool:
        """Whether anything of `topic` changed."""
        return topic in self.topics
