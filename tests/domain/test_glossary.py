"""GLOSSARY.md names every stored field, table and indicator in Chinese, and nothing that no longer exists."""

from __future__ import annotations

import dataclasses
import re

import pytest

from db.schema import TABLES, metadata
from mhdesk.domain.follow_up import DrugLine
from mhdesk.rules.indicators.registry import INDICATORS
from tests.conftest import ROOT

_ROW = re.compile(r"\| `(?P<identifier>\w+)` \| (?P<term>[^|]+) \|[^|]*\|")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# The contract of the command line: these ids never change.
_INDICATORS = [
    "registered",
    "prevalence",
    "managed",
    "management_rate",
    "standard_management_rate",
    "medication_rate",
    "regular_medication_rate",
    "schizophrenia_medication_rate",
    "schizophrenia_regular_medication_rate",
    "stability_rate",
    "face_to_face_rate",
    "checkup_rate",
    "risk_0",
    "risk_1",
    "risk_2",
    "risk_3",
    "risk_4",
    "risk_5",
    "risk_3_plus",
    "class_unstable",
    "class_basic",
    "class_stable",
    "class_unknown",
    "colour_red",
    "colour_orange",
    "colour_yellow",
    "colour_green",
    "lost",
    "in_hospital",
    "refused_consent",
    "weak_guardianship",
    "long_acting",
    "free_medicine",
    "new_in_period",
    "died_in_period",
    "moved_in_period",
    "moved_out_period",
    "visits_due",
    "visits_done",
    "visits_face_to_face",
    "visits_overdue",
    "incidents",
    "joint_visits",
    "information_exchanges",
    "training_sessions",
    "training_attendances",
    "staff",
    "staff_ratio",
]


def _sections() -> dict[str, dict[str, str]]:
    """Section title -> identifier -> Chinese term."""
    found: dict[str, dict[str, str]] = {}
    for part in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        rows = [match for line in body.splitlines() if (match := _ROW.fullmatch(line))]
        assert len({row["identifier"] for row in rows}) == len(rows), f"{title}: an identifier stands twice"
        found[title] = {row["identifier"]: row["term"] for row in rows}
    return found


SECTIONS = _sections()
COMMON = set(SECTIONS["Fields of every record"])
RECORDS = {f"{record.__name__} (`{table.name}`)": record for record, table in TABLES.items()} | {
    "DrugLine (`follow_up_drug`)": DrugLine
}


@pytest.mark.parametrize("title", RECORDS)
def test_every_field_of_a_record_stands_in_its_section(title: str) -> None:
    names = {field.name for field in dataclasses.fields(RECORDS[title])}
    assert names - COMMON == set(SECTIONS[title])


def test_common_fields_are_common() -> None:
    shared = {field.name for record in TABLES for field in dataclasses.fields(record)}
    assert shared >= COMMON


def test_every_table_stands_there() -> None:
    assert set(metadata.tables) == set(SECTIONS["Tables"])


def test_every_indicator_stands_there() -> None:
    assert set(_INDICATORS) <= set(INDICATORS) == set(SECTIONS["Indicators"])


def test_every_term_is_chinese() -> None:
    for title, rows in SECTIONS.items():
        for identifier, term in rows.items():
            assert _HAN.search(term) or identifier == "diagnosis_icd10", (title, identifier, term)
