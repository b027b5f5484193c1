"""How many random examples a property test tries: few each time, many with ``dev.py check-numbers``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

#: Nothing is made smaller: on a real ledger that takes longer than a test may.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
#: Set from ``--examples`` before tests are collected; 0: the short form.
asked = 0


def tries(short: int) -> Callable[[Any], Any]:
    """Settings for `short` examples, always the same ones; in the long form for as many as asked, new each time."""
    if asked:
        # what is found is kept in .hypothesis and tried first the next time
        return settings(max_examples=asked, derandomize=False, suppress_health_check=_QUIET, phases=_PHASES)
    return settings(max_examples=short, suppress_health_check=_QUIET, phases=_PHASES)
