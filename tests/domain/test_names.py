"""Names are kept as written; only what a machine put there goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain import names

LONG_25 = "阿卜杜热合曼江·吐尔逊买买提艾力·阿布都克里木江尔"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 张 三 ", "张三"),
        ("张\u3000三", "张三"),
        ("张\u00a0三", "张三"),
        ("张三\n", "张三"),
        ("张\t三", "张三"),
        ("\ufeff张\u200b三\u202e", "张三"),
        ("张\x00三", "张三"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉.买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉‧买买提·", "阿卜杜拉·买买提"),
        ("阿卜杜拉。买买提", "阿卜杜拉·买买提"),
        ("Li  Ming", "Li Ming"),
        ("J. Smith", "J. Smith"),
        ("䶮㛃𬭎𠅤", "䶮㛃𬭎𠅤"),
        ("\ue863某", "\ue863某"),
        ("", ""),
        ("   ", ""),
        (LONG_25, LONG_25),
    ],
)
def test_normalize(text: str, name: str) -> None:
    assert names.normalize(text) == name


def test_the_national_floor_of_length_passes() -> None:
    assert len(LONG_25) == 25
    assert not names.is_too_long("阿" * 50)
    assert not names.is_too_long("阿" * 60)
    assert names.is_too_long("阿" * 61)


@given(st.text(max_size=80))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = names.normalize(text)
    assert names.normalize(once) == once
