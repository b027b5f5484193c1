"""Units (单位): 区县 – 机构 – 村居, with population and staff by year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.record import Record


class UnitLevel(StrEnum):
    """Where a unit stands in the tree."""

    DISTRICT = "district"  # 区县
    INSTITUTION = "institution"  # 基层医疗卫生机构
    VILLAGE = "village"  # 村（居）


@dataclass(frozen=True, kw_only=True)
class Unit(Record):
    """A district, an institution or a village committee. A renamed unit keeps its id."""

    name: str
    level: str
    parent_id: int | None = None
    code: str | None = None  # 行政区划代码
    sort_order: int = 0
    valid_from: date | None = None
    valid_to: date | None = None  # [from, to)
    merged_into_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class UnitYear(Record):
    """A unit's figures in one year."""

    unit_id: int
    year: int
    population: int | None = None  # 常住人口
    staff_fte: float | None = None  # 精防人员（可折算）
    psychiatrists: float | None = None  # 精神科执业（助理）医师
    source: str | None = None
