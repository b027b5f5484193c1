"""在管, 规范管理, 面访, 体检, 康复服务."""

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
    Indicator(
        "face_to_face_rate",
        Kind.PERCENT,
        lambda s, t: s.face_to_face and of_register(t.face_denominator, s),
        lambda s, t: of_register(t.face_denominator, s),
    ),
    Indicator(
        "checkup_rate",
        Kind.PERCENT,
        lambda s, t: s.checked and of_register(t.checkup_denominator, s),
        lambda s, t: of_register(t.checkup_denominator, s),
    ),
    Indicator("home_management_rate", Kind.PERCENT, lambda s, _t: s.home, lambda s, _t: s.in_base),
    Indicator(
        "rehabilitation_service_rate",
        Kind.PERCENT,
        lambda s, _t: s.registered and s.rehabilitation and "rehabilitation" in s.recorded,
        lambda s, _t: s.registered and s.rehabilitation,
    ),
)
