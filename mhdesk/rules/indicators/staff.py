"""Staff beside the people they care for: figures of the unit's year."""

from __future__ import annotations

from mhdesk.rules.indicators.model import Indicator, Kind, Table

INDICATORS: Table = (
    Indicator("staff", Kind.FIGURE, figure="staff_fte"),
    Indicator("staff_ratio", Kind.ONE_TO_N, counts=lambda s, _t: s.registered, figure="staff_fte"),
    Indicator("psychiatrists_per_100k", Kind.PER_100K, figure="psychiatrists"),
)
