"""Every value of every item, written as text, is read back as the same value."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain import identity
from mhdesk.domain.codes import code_list
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.problems import Problem
from mhdesk.domain.record import CodeCount
from mhdesk.forms import load
from mhdesk.forms.parse import display_value, format_value, parse_record, parse_value
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.text import problem_text

TODAY = date(2026, 3, 5)
TODAYS_FORMS = [load.form(name) for name in ("person_2018", "follow_up_2018", "drug_line")]
ITEMS = [pytest.param(form, item, id=f"{form.name}.{item.key}") for form in TODAYS_FORMS for item in form.fields]
ALL_ITEMS = [item for name in load.names() for item in load.form(name).fields]

_SAYS_NOTHING = {"不详", "未知", "不清", "没有", "未用药", "未服药", "不用药", "暂无"}
_HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12).filter(
    lambda text: text not in _SAYS_NOTHING
)
_DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_AMOUNTS = st.integers(1, 100_000).map(lambda number: number / 10)


def _drug_lines(purpose: str) -> st.SearchStrategy[tuple[DrugLine, ...]]:
    line = st.builds(
        DrugLine,
        purpose=st.just(purpose),
        drug_name=_HAN,
        specification=st.none() | _HAN,
        period=st.none() | st.sampled_from(code_list("drug_period").codes),
        times=st.none() | _AMOUNTS,
        dose=st.none() | _AMOUNTS,
        total_dose=st.none() | _AMOUNTS,
        morning=st.none() | _AMOUNTS,
        noon=st.none() | _AMOUNTS,
        night=st.none() | _AMOUNTS,
        long_acting=st.sampled_from([None, "1", "2"]),
        interval_weeks=st.none() | _AMOUNTS,
        dose_unit=st.none() | st.sampled_from(code_list("dose_unit").codes),
    )
    return st.lists(line, max_size=3).map(tuple)


def _counts(item: FieldSpec) -> st.SearchStrategy[tuple[CodeCount, ...]]:
    assert item.codes is not None
    codes = [code for code in item.codes.codes if code not in item.codes.exclusive]
    ticked = st.dictionaries(st.sampled_from(codes), st.integers(1, 200))
    some = ticked.map(lambda found: tuple(CodeCount(code, found[code]) for code in codes if code in found))
    return some | st.sampled_from([(CodeCount(code, 0),) for code in item.codes.exclusive])


def _several(item: FieldSpec) -> st.SearchStrategy[tuple[str, ...]]:
    assert item.codes is not None
    codes = [code for code in item.codes.codes if code not in item.codes.exclusive]
    return st.sets(st.sampled_from(codes)).map(lambda found: tuple(code for code in codes if code in found))


def _values(item: FieldSpec) -> st.SearchStrategy[Any]:
    low, high = int(item.minimum or 1), int(item.maximum or 100)
    by_kind: dict[Kind, Any] = {
        Kind.CODE: lambda: st.none() | st.sampled_from(item.codes.codes if item.codes else ()),
        Kind.CODES: lambda: _several(item),
        Kind.COUNTED_CODES: lambda: _counts(item),
        Kind.DATE: lambda: st.none() | _DAYS,
        Kind.PARTIAL_DATE: lambda: _DAYS.flatmap(
            lambda day: st.sampled_from([PartialDate.of(day), PartialDate(day.year, day.month), PartialDate(day.year)])
        ),
        Kind.INTEGER: lambda: st.none() | st.integers(low, high),
        Kind.UNIT: lambda: st.none() | st.integers(1, 10_000),
        Kind.DECIMAL: lambda: st.none() | st.integers(max(low, 1) * 10, high * 10).map(lambda number: number / 10),
        Kind.ID_NUMBER: lambda: st.dates(date(1900, 1, 1), TODAY).map(
            lambda day: f"500112{day:%Y%m%d}001" + identity.check_digit(f"500112{day:%Y%m%d}001")
        ),
        Kind.PHONE: lambda: st.none() | st.integers(10_000_000_000, 19_999_999_999).map(str),
        Kind.DRUGS: lambda: _drug_lines(item.purpose),
    }
    by_kind[Kind.YES_NO] = by_kind[Kind.CODE]
    return by_kind[item.kind]() if item.kind in by_kind else _HAN


@pytest.mark.parametrize(("form", "item"), ITEMS)
def test_format_then_parse_gives_the_value_back(form: FormSpec, item: FieldSpec) -> None:
    @given(_values(item))
    def check(value: object) -> None:
        text = format_value(item, value)
        assert parse_value(item, text, today=TODAY) == value
        assert isinstance(display_value(item, value), str)
        read = parse_record(form, {item.key: text}, today=TODAY)
        assert read.problems == ()
        assert read.values[item.attribute] == value

    check()


@given(item=st.sampled_from(ALL_ITEMS), text=st.text(max_size=30))
def test_any_text_is_a_value_or_a_problem_with_a_sentence(item: FieldSpec, text: str) -> None:
    found = parse_value(item, text, today=TODAY)
    if isinstance(found, Problem):
        assert found.field == item.key
        assert item.label in problem_text(found.code, **found.params)


@given(
    item=st.sampled_from([item for item in ALL_ITEMS if item.codes]),
    text=st.text(st.sampled_from("0123456789x*, 、()无有其他次"), max_size=12),
)
def test_digits_are_never_read_as_codes_that_are_not_printed(item: FieldSpec, text: str) -> None:
    found = parse_value(item, text, today=TODAY)
    assert item.codes is not None
    printed = set(code_list(item.codes.name).codes)
    if isinstance(found, str):
        assert found in printed
    elif isinstance(found, tuple):
        assert {part if isinstance(part, str) else part.code for part in found} <= printed
