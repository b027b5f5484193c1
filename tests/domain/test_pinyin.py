"""Search keys: surname readings, rare characters, ethnic names, speed."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from mhdesk import pinyin

MOST_SECONDS = 2.0


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("张三", "zhangsan zs"),
        ("单雄信", "shanxiongxin sxx danxiongxin dxx"),
        ("仇英", "qiuying qy chouying cy"),
        ("解珍", "xiezhen xz jiezhen"),
        ("查良镛", "zhaliangyong chaliangyong"),
        ("曾国藩", "zengguofan zgf cengguofan"),
        ("覃小明", "qinxiaoming qxm tanxiaoming"),
        ("冉闵", "ranmin rm"),
        ("盖聂", "genie gn gainie"),
        ("区大明", "oudaming odm qudaming"),
        ("任长乐", "renchangle renzhangle renchangyue"),
        ("朴正熙", "piaozhengxi"),
        ("尉迟恭", "yuchigong ycg"),
        ("万俟卨", "moqixie mqx"),
        ("欧阳娜娜", "ouyangnana oynn"),
        ("令狐冲", "linghuchong lhc"),
        ("长孙无忌", "zhangsunwuji zswj"),
        ("吕布", "lvbu lubu lb"),
        ("闾丘某", "lvqiumou luqiumou"),
        ("阿卜杜拉·买买提", "abudulamaimaiti abdlmmt"),
        ("䶮", "yan"),
        ("张䶮", "zhangyan zy"),
        ("王㛃", "wangjie wj"),
        ("刘𬭎", "liuhong lh"),
        ("李𠅤", "lixi lx"),
        ("欧阳", "ouyang oy"),
        ("Li Ming", "liming"),
    ],
)
def test_a_name_is_found_by(name: str, keys: str) -> None:
    found = pinyin.search_keys(name).split()
    assert [key for key in keys.split() if key not in found] == []


def test_surname_in_full_with_initials() -> None:
    assert "zhangsf" in pinyin.search_keys("张三丰").split()


@pytest.mark.parametrize("name", ["", "·", " ", "\ue000"])
def test_nothing_to_say(name: str) -> None:
    assert pinyin.search_keys(name) == ""


def test_keys_are_plain_lower_case_and_few() -> None:
    for name in ("任长乐", "单重盛", "阿卜杜热合曼江·吐尔逊买买提", "行行行行行行"):
        keys = pinyin.search_keys(name)
        assert keys.replace(" ", "").isascii()
        assert keys == keys.lower()
        assert len(keys.split()) <= 36


def test_readings_of_a_character() -> None:
    assert pinyin.readings("吕") == ("lv",)
    assert pinyin.readings("单")[:3] == ("dan", "chan", "shan")
    assert pinyin.readings("A") == ("a",)
    assert pinyin.readings("-") == ()
    assert pinyin.readings("\ue000") == ()


def test_fifty_thousand_names_take_less_than_two_seconds() -> None:
    surnames = "张王李赵单仇曾覃冉尉欧阳吕周吴郑"
    given = [chr(0x4E00 + index * 7 % 20000) for index in range(3000)]
    names = [surnames[i % len(surnames)] + given[i % 2999] + given[i % 1777] for i in range(50_000)]
    pinyin.search_keys("张三")
    start = time.process_time()
    for name in names:
        pinyin.search_keys(name)
    assert time.process_time() - start < MOST_SECONDS


def test_phrases_are_not_loaded_and_nothing_before_the_first_call() -> None:
    program = (
        "import sys, mhdesk.pinyin as p; assert not any(m.startswith('pypinyin') for m in sys.modules);"
        "p.search_keys('张三'); assert 'pypinyin.phrases_dict' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
