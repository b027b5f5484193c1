"""The drug dictionary is complete, unambiguous and honest about its sources."""

from __future__ import annotations

import pytest

from mhdesk.domain import drugs
from mhdesk.domain.drugs import Drug


@pytest.mark.parametrize("drug", drugs.drugs(), ids=lambda drug: drug.key)
class TestEveryDrug:
    def test_range_is_a_range(self, drug: Drug) -> None:
        assert 0 < drug.dose_min <= drug.dose_max <= drug.highest

    def test_has_forms_and_a_class(self, drug: Drug) -> None:
        assert drug.forms
        assert drug.drug_class in drugs.CLASSES
        assert (drug.generation in {1, 2}) == (drug.drug_class == "antipsychotic")

    def test_long_acting_has_an_interval(self, drug: Drug) -> None:
        assert drug.long_acting == (drug.per == "injection")
        if drug.long_acting:
            assert drug.interval_weeks

    def test_verified_names_its_source(self, drug: Drug) -> None:
        assert drug.source or drug.mark != "verified"

    def test_is_found_by_each_name(self, drug: Drug) -> None:
        assert all(drugs.find(f" {name} ") is drug for name in (drug.generic, *drug.synonyms))


def test_usual_drugs_are_there() -> None:
    wanted = [
        "利培酮",
        "奥氮平",
        "喹硫平",
        "阿立哌唑",
        "氨磺必利",
        "齐拉西酮",
        "帕利哌酮",
        "氯氮平",
        "鲁拉西酮",
        "布南色林",
        "哌罗匹隆",
        "氯丙嗪",
        "奋乃静",
        "氟哌啶醇",
        "舒必利",
        "五氟利多",
        "癸酸氟哌啶醇",
        "癸氟奋乃静",
        "棕榈酸帕利哌酮",
        "棕榈酸帕利哌酮(3M)",
        "利培酮微球",
        "碳酸锂",
        "丙戊酸钠",
        "丙戊酸镁",
        "卡马西平",
        "拉莫三嗪",
        "奥卡西平",
        "苯海索",
    ]
    assert [name for name in wanted if drugs.find(name) is None] == []
    assert drugs.find("阿司匹林") is None


def test_unusual_units_of_dose() -> None:
    penfluridol = drugs.find("五氟利多")
    clozapine = drugs.find("氯氮平")
    assert penfluridol is not None
    assert clozapine is not None
    assert penfluridol.per == "week"
    assert (clozapine.dose_max, clozapine.highest) == (400, 600)


GOOD = '[[drugs]]\ngeneric="甲"\nkey="a"\ndrug_class="adjunct"\nforms=["片"]\ndose_min=1\ndose_max=2\nmark="memory"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "strange=1", "unknown keys"),
        (GOOD.replace("memory", "sure"), "unknown class, period or mark"),
        (GOOD + GOOD.replace('"a"', '"b"'), "two drugs"),
    ],
)
def test_a_broken_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drugs.read(text)
