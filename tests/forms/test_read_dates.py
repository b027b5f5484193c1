"""Dates as clinics write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.dates import PartialDate
from mhdesk.forms import load
from mhdesk.forms.parse import parse_value
from mhdesk.forms.read_dates import DateFault, from_excel_serial, read_date

TODAY = date(2026, 11, 21)

# spellings => the same day
SPELLINGS = {
    "2026-03-05": (
        "20260305|2026-3-5|2026-03-05|2026.3.5|2026.03.05|2026/3/5|2026/03/05|2026年3月5日|2026年03月05日"
        "|2026年3月5号|2026年3月5|2026 3 5|2026 03 05|2026、3、5|2026，3，5|2026,3,5|2026。3。5|2026_3_5|2026\\3\\5"
        "|2026—3—5|2026–3–5|2026－3－5|2026−3−5|２０２６０３０５|２０２６－３－５|２０２６．３．５"
        "|２０２６／３／５|２０２６年３月５日| 2026-3-5 |\u30002026-3-5\u3000|2026 - 3 - 5|2026. 3. 5|2026年 3月 5日"
        "|2026 年 3 月 5 日|2026-3-5 00:00:00|2026/3/5 0:00|2026-03-05T00:00:00|2026-03-05 08:30"
        "|2026-03-05T08:30:00.123|2026-03-05T00:00:00Z|2026年3月5日 8:30|2026-3-5 星期四|2026年3月5日星期四"
        "|2026年3月5日（周四）|2026年3月5日 周四|'2026-3-5|'20260305|2026-3-05|2026-03-5|2026.3.5.|2026-3.5"
        "|2026/3-5|3.5|3-5|3/5|03-05|03.05|03/05|3月5日|3月5号|03月05日|3月5|3 5|３．５|３月５日|0305|０３０５"
        "|3、5"
    ),
    "2026-11-21": "今|今天|今日| 今 |2026-11-21|11.21|1121|11月21日|20261121",
    "2026-11-20": "昨|昨天|昨日|2026.11.20",
    "2026-11-19": "前|前天|前日",
    "2026-11-22": "明|明天|明日",
    "2026-11-23": "后天",
    "2026-01-01": "1.1|0101|1-1|20260101|2026.1.1|2026年1月1日",
    "2026-12-31": "12.31|1231|12月31日|2026/12/31",
    "2024-02-29": "20240229|2024-2-29|2024年2月29日",
    "1949-10-01": "19491001|1949-10-1|1949年10月1日",
    "2015-03": "2015-3|2015.3|2015.03|2015/3|2015年3月|2015年03月|201503|2015 3|２０１５年３月|2015年3",
    "2015": "2015|2015年|２０１５|2015 年| 2015 ",
    "1998": "1998|1998年",
}
CASES = [(text, iso) for iso, texts in SPELLINGS.items() for text in texts.split("|")]


def test_there_are_more_than_a_hundred_spellings() -> None:
    assert len(CASES) > 100


@pytest.mark.parametrize(("text", "iso"), CASES)
def test_reads(text: str, iso: str) -> None:
    assert read_date(text, today=TODAY) == PartialDate.from_iso(iso)


@pytest.mark.parametrize(
    ("fault", "texts"),
    [
        (
            DateFault.NO_SUCH_DAY,
            "2026-02-30|20260230|2025-2-29|2.30|2026-13-1|2026-0-5|2026-3-0|201513|2026年4月31日|2026-3-32|0230",
        ),
        (DateFault.SHORT_YEAR, "26-3-5|26.3.5|260305|26年3月5日|26/3/5|98年|98年3月|5/3/26|980305"),
        (DateFault.YEAR_RANGE, "1026-3-5|2206-3-5|18990101|0026-3-5|0305年"),
        (
            DateFault.UNREADABLE,
            (
                "昨晚|约1998年|1998年左右|三月五日|2026-3-5-1|3/5/2026|5|305|2026305|abc|2026-3-5至2026-3-8|今年|上周"
                "|20260305001|-|.|2026-123-5|123-4-5|2026-3-555|1300|45000"
            ),
        ),
    ],
)
def test_refuses_and_says_why(fault: DateFault, texts: str) -> None:
    for text in texts.split("|"):
        assert read_date(text, today=TODAY) is fault, text


def test_a_date_to_the_day_is_asked_where_the_paper_wants_one() -> None:
    visit = load.form("follow_up_2018")
    assert parse_value(visit.field("visit_date"), "2026年3月", today=TODAY).code == "MH-FORM-04"
    assert parse_value(visit.field("visit_date"), "2026-02-30", today=TODAY).code == "MH-FORM-02"
    assert parse_value(visit.field("visit_date"), "3.5", today=TODAY) == date(2026, 3, 5)
    assert parse_value(visit.field("last_discharge_date"), "2026年3月", today=TODAY) == PartialDate(2026, 3)


@pytest.mark.parametrize("text", ["", " ", "/", "-", "—", "——", "不详", "无", "未知"])
def test_nothing_said_is_not_known(text: str) -> None:
    assert parse_value(load.form("person_2018").field("onset_date"), text, today=TODAY) is None


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (61, "1900-03-01"),
        (46086, "2026-03-05"),
        (46086.75, "2026-03-05"),
        (36526, "2000-01-01"),
    ],
)
def test_excel_serials(serial: float, day: str) -> None:
    assert from_excel_serial(serial) == date.fromisoformat(day)


def test_excel_serials_of_the_other_epoch() -> None:
    assert from_excel_serial(46086 - 1462, epoch_1904=True) == date(2026, 3, 5)


@pytest.mark.parametrize("serial", [0, -1, 60, 60.5, 2_000_000, 80_000])
def test_excel_serials_that_are_no_day(serial: float) -> None:
    with pytest.raises(ValueError, match=r"no such day|out of range"):
        from_excel_serial(serial)


@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y年%m月%d日"]),
)
def test_every_day_in_every_full_spelling(day: date, spelling: str) -> None:
    assert read_date(day.strftime(spelling), today=TODAY) == PartialDate.of(day)


@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)))
def test_serials_follow_the_days(day: date) -> None:
    assert from_excel_serial((day - date(1899, 12, 30)).days) == day
    assert from_excel_serial((day - date(1899, 12, 30)).days) - timedelta(days=1) < day


@given(st.text(max_size=12))
def test_never_raises(text: str) -> None:
    found = read_date(text, today=TODAY)
    assert isinstance(found, PartialDate | DateFault)
