"""在管, 规范管理, 面访."""

from __future__ import annotations

from mhdesk.rules.indicators.model import Indicator, Kind, Table, of_register

INDICATORS: Table = (
    Indicator("managed", counts=lambda s, _t: s.managed),
    Indicator("management_rate", Kind.PERCENT, lambda s, _t: s.managed, lambda s, _t: s.in_base),
    Indicator(
        "standard_management_rate",
        Kind.PERCENT,
        lambda s, _t: s.standard and s.judged,
        lambda s, t: s.judged and of_register(t.standard_denominator, s),
    ),
    Indicator("face_to_face_rate", Kind.PERCENT, lambda s, _t: s.in_base and s.face_to_face, lambda s, _t: s.in_base),
)
