"""Visits of the period: due, done, overdue; dangerous acts reported."""

from __future__ import annotations

from mhdesk.rules.indicators.model import Indicator, Kind, Table
from mhdesk.rules.judge import NUISANCE_TOLD, TROUBLE_TOLD
from mhdesk.rules.schedule import DueState

NUISANCE = "1"  # 轻度滋事
OFFENCES = ("2", "3")  # 肇事, 肇祸

INDICATORS: Table = (
    Indicator("visits_due", counts=lambda s, _t: s.due_in_period and not s.lost),
    Indicator("visits_done", counts=lambda s, _t: s.deeds.done),
    Indicator("visits_face_to_face", counts=lambda s, _t: s.deeds.done_face),
    Indicator("visits_overdue", counts=lambda s, _t: s.due == DueState.OVERDUE),
    Indicator("visits_done_in_year", counts=lambda s, _t: s.deeds.done_year),
    Indicator("visits_face_to_face_in_year", counts=lambda s, _t: s.deeds.done_face_year),
    Indicator("incidents", counts=lambda s, _t: s.deeds.incident),
    Indicator("incidents_in_year", counts=lambda s, _t: s.deeds.incident_year),
    Indicator(
        "incident_rate",
        Kind.PERCENT,
        lambda s, _t: s.in_base and not s.deeds.acts_year.isdisjoint((*OFFENCES, TROUBLE_TOLD)),
        lambda s, _t: s.in_base,
    ),
    Indicator(
        "minor_incident_rate",
        Kind.PERCENT,
        lambda s, _t: s.in_base and not s.deeds.acts_year.isdisjoint((NUISANCE, NUISANCE_TOLD)),
        lambda s, _t: s.in_base,
    ),
    Indicator(
        "visit_timeliness_rate",
        Kind.PERCENT,
        lambda s, _t: s.due_in_period and not s.lost and s.deeds.done,
        lambda s, _t: s.due_in_period and not s.lost,
    ),
)
