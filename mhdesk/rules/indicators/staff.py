"""Staff beside the people they care for, and their training: figures of the unit's year and of the period."""

from __future__ import annotations

from mhdesk.rules.indicators.model import Indicator, Kind, Table

INDICATORS: Table = (
    Indicator("staff", Kind.FIGURE, figure="staff_fte"),
    Indicator("staff_ratio", Kind.ONE_TO_N, counts=lambda s, _t: s.registered, figure="staff_fte"),
    Indicator("psychiatrists_per_100k", Kind.PER_100K, figure="psychiatrists"),
    Indicator("training_sessions", Kind.FIGURE, figure="training_sessions"),
    Indicator("training_attendances", Kind.FIGURE, figure="training_attendances"),
)
