"""The code lists: complete, unambiguous, honest about their source; old digits become today's as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from mhdesk.domain import codes
from mhdesk.domain.codes import CodeList, code_list, read_lists

ALL = [code_list(name, edition) for name in sorted(codes.names()) for edition in (codes.CURRENT, *codes.editions(name))]


@pytest.mark.parametrize("found", ALL, ids=lambda found: f"{found.name}-{found.edition}")
class TestEveryList:
    def test_says_what_it_is(self, found: CodeList) -> None:
        assert found.title
        assert found.source
        assert found.mark in codes.MARKS

    def test_has_labels_without_blanks_or_doubles(self, found: CodeList) -> None:
        labels = [entry.label for entry in found.entries]
        assert all(label.strip() == label and label for label in labels)
        assert len(set(labels)) == len(labels)

    def test_finds_each_word_and_digit(self, found: CodeList) -> None:
        for entry in found.entries:
            for word in (entry.code, entry.label, *entry.synonyms, f" {entry.label} "):
                assert found.find(word) == entry.code, word

    def test_exclusive_codes_are_printed(self, found: CodeList) -> None:
        assert found.exclusive <= set(found.codes)

    def test_remaps_only_to_printed_codes(self, found: CodeList) -> None:
        current = code_list(found.name)
        for code in found.codes:
            assert found.to_current(code) in {None, "", *current.codes}
        if found.edition == codes.CURRENT:
            assert found.remap is None


# Digits as printed on the national forms, written down here a second time on purpose.
PRINTED = {
    "visit_form": "1门诊 2家庭访视 3电话",
    "visit_target": "1患者本人 2患者家属、监护人 3其他知情人",
    "lost_reason": "1外出务工 2迁居他处 3走失 4连续3次未访到 5其他",
    "death_reason": "1躯体疾病 2自杀 3他杀 4意外 5精神疾病相关并发症 6其他",
    "insight": "1自知力完全 2自知力不全 3自知力缺失",
    "work_condition": "1良好 2一般 3较差 9此项不适用",
    "dangerous_acts": "1轻度滋事 2肇事 3肇祸 4其他危害行为 5自伤 6自杀未遂 7无",
    "restraint": "1无关锁 2关锁 3关锁已解除",
    "hospitalization": "0未住院 1目前正在住院 2曾住院，现未住院",
    "laboratory": "1无 2有",
    "adherence": "1按医嘱规律用药 2间断用药 3不用药 4医嘱勿需用药",
    "adverse_reaction": "1无 2有 9此项不适用",
    "treatment_effect": "1痊愈 2好转 3无变化 4加重 9此项不适用",
    "rehabilitation": "1生活劳动能力 2职业训练 3学习能力 4社会交往 5其他",
    "visit_class": "1不稳定 2基本稳定 3稳定",
    "consent": "0不同意参加管理 1同意参加管理",
    "household_type": "1城镇 2农村",
    "economic_status": "1贫困，在当地贫困线标准以下 2非贫困",
    "last_treatment_effect": "1临床痊愈 2好转 3无变化 4加重",
    "past_outpatient": "1未治 2间断门诊治疗 3连续门诊治疗",
    "guardianship": "1正常 2弱 3无",
    "marriage": "1未婚 2已婚 3丧偶 4离婚 5未说明的婚姻状况",
}


@pytest.mark.parametrize("name", PRINTED)
def test_digits_are_those_of_the_paper(name: str) -> None:
    assert " ".join(entry.code + entry.label for entry in code_list(name).entries) == PRINTED[name]


@pytest.mark.parametrize(
    ("name", "edition", "expected"),
    [
        ("dangerous_acts", "2011", {"1": "1", "2": "2", "3": "3", "4": "5", "5": "6", "6": "7"}),
        ("hospitalization", "2011", {"0": "0", "1": "1", "2": "2"}),
        ("laboratory", "reversed", {"1": "2", "2": "1"}),
        ("consent", "client", {"1": "1", "2": "0"}),
        ("visit_class", "2011", {"0": None, "1": "1", "2": "2", "3": "3"}),
        ("education", "2011", {"1": "9", "2": "8", "3": "7", "4": None, "5": None, "6": "10"}),
        ("economic_status", "2011", {"1": "1", "2": "2", "3": ""}),
        ("ethnicity", "2011", {"1": "01", "2": "99"}),
        ("rh", "2011", {"1": "2", "2": "1", "3": "3"}),
        (
            "death_disease",
            "national",
            {"1": "1", "2": "1", "3": "2", "4": "3", "5": "4", "6": "5", "7": "6", "8": "7", "9": "8"},
        ),
    ],
)
def test_old_digits_become_todays(name: str, edition: str, expected: dict[str, str | None]) -> None:
    found = code_list(name, edition)
    assert {code: found.to_current(code) for code in found.codes} == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("精神分裂症", "1"),
        ("偏执型精神分裂症", "1"),
        ("F20.0", "1"),
        ("f20", "1"),
        ("分裂情感性障碍", "2"),
        ("F25.9", "2"),
        ("偏执性精神病", "3"),
        ("持久的妄想性障碍", "3"),
        ("双相障碍", "4"),
        ("双相情感障碍", "4"),
        ("双相（情感）障碍", "4"),
        ("躁郁症", "4"),
        ("双相情感障碍，目前为不伴有精神病性症状的躁狂发作", "4"),
        ("癫痫所致精神障碍", "5"),
        ("F06.8", "5"),
        ("F06.7", None),
        ("F06", None),
        ("精神发育迟滞伴发精神障碍", "6"),
        ("F72", "6"),
        ("F70.1", "6"),
        ("F69", None),
        ("第三十条情形", "7"),
        ("其他", "9"),
        ("抑郁症", None),
        ("疑似精神分裂症", None),
        ("精神分裂症待查", None),
        ("精神分裂症？", None),
        ("精神发育迟滞伴癫痫", None),
        ("10", None),
        ("", None),
    ],
)
def test_diagnosis_words(text: str, code: str | None) -> None:
    assert code_list("diagnosis").find(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3", "3"),
        ("３", "3"),
        ("03", "3"),
        ("3.0", "3"),
        ("稳定", "3"),
        ("3 稳定", "3"),
        ("3.稳定", "3"),
        ("3、稳定", "3"),
        ("稳定（3）", "3"),
        ("病情稳定", "3"),
        ("2稳定", None),
        ("稳定(2)", None),
        ("1.2", None),
        ("4", None),
        ("很好", None),
    ],
)
def test_one_code_in_many_spellings(text: str, code: str | None) -> None:
    assert code_list("visit_class").find(text) == code


def test_never_reads_two_digits_through_a_dot() -> None:
    assert code_list("symptoms").find("1.2") is None
    assert code_list("symptoms").find("12") == "12"


def test_sign_labels() -> None:
    assert code_list("rh").find("+") == "2"
    assert code_list("rh").find("-") == "1"


def test_unknown_names_and_codes_raise() -> None:
    with pytest.raises(KeyError):
        code_list("no_such_list")
    with pytest.raises(KeyError):
        code_list("sex").entry("7")


def test_an_edition_without_its_own_list_prints_todays() -> None:
    assert code_list("insight", "2011") is code_list("insight")


def test_labels_of_2017_differ_only_where_printed() -> None:
    assert code_list("lost_reason", "2017").label("1") == "外出打工"
    assert code_list("lost_reason", "2017").find("外出务工") is None
    assert code_list("lost_reason").find("外出打工") == "1"


GOOD = '[colour_of_box]\ntitle="盒"\nsource="自定"\nmark="assumption"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + 'labels={1="红",2="红"}', "means two codes"),
        (GOOD + 'labels={1="红"}\nstrange=1', "unknown keys"),
        (GOOD + 'labels={1="红"}\nsynonyms={2=["赤"]}', "unknown codes"),
        (GOOD.replace("assumption", "sure") + 'labels={1="红"}', "mark"),
        (GOOD + 'labels={1="红"}\n[colour_of_box.edition.2011]\nstrange=1', "unknown keys"),
    ],
)
def test_a_broken_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_lists(text)


def test_a_remap_to_nowhere_is_refused() -> None:
    lists = read_lists(
        GOOD
        + 'labels={1="红"}\n[colour_of_box.edition.2011]\nsource="旧"\nmark="memory"\nlabels={1="赤"}\nremap={1="9"}'
    )
    with pytest.raises(ValueError, match="remap to unknown"):
        codes._check_remap(lists["colour_of_box", "2011"], lists["colour_of_box", "2018"])


def test_a_list_that_stands_in_two_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(GOOD + 'labels={1="红"}', encoding="utf-8")
    monkeypatch.setattr(resources, "path", lambda _name: tmp_path)
    with pytest.raises(ValueError, match="stand twice"):
        codes._all.__wrapped__()
