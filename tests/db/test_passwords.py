"""Weak passwords are refused; the suggested ones are strong and accepted."""

from __future__ import annotations

import itertools

import pytest

from db import passwords
from mhdesk.domain.errors import UserError


def test_suggested_phrases_are_accepted_and_can_be_read() -> None:
    seen = {passwords.suggest_phrase() for _ in range(1000)}
    assert len(seen) == 1000
    for phrase in seen:
        passwords.check(phrase, "zhang", ["龙华街道社区卫生服务中心"])
        assert len(passwords.read_phrase(phrase).split(" ")) == 4
    assert passwords.read_phrase("something-else") == ""


def test_the_list_holds_4096_words_spelled_differently() -> None:
    words = passwords._words()
    assert len({a + b for a in words.first for b in words.second}) == 4096


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "   elevenchars   "])
def test_short_passwords_are_refused(password: str) -> None:
    with pytest.raises(UserError, match="MH-LEDGER-17"):
        passwords.check(password, "zhang")


WEAK = [
    "123456789012",
    "aaaaaaaaaaaa",
    "abababababab",
    "13812345678901",
    "11010119900307451x",
    "password1234",
    "Password123456",
    "qwertyuiop123",
    "woaini5201314",
    "wangmin123456",
    "Wangmin19900101",
    "jingfang202011",
    "龙华街道社区卫生服务中心",
    "weishengyuan2026",
    "zhang@wang@chen",
]


@pytest.mark.parametrize("password", WEAK)
def test_guessable_passwords_are_refused(password: str) -> None:
    with pytest.raises(UserError, match=r"MH-LEDGER-1[78]"):
        passwords.check(password, "wangmin", ["龙华街道社区卫生服务中心", "王敏"])


def test_thousands_of_common_patterns_are_refused() -> None:
    parts = ["123456", "admin", "wangmin", "password", "666888", "2026", "5201314", "abc123", "qwerty", "000000"]
    joined = [a + join + b for a, b, join in itertools.product(parts, parts, ["", "@", "_", "!", "."])]
    tried = 0
    for password in joined + [word + word for word in joined] + [a + "1990" + a for a in joined]:
        with pytest.raises(UserError):
            passwords.check(password, "wangmin")
        tried += 1
    assert tried == 1500


@pytest.mark.parametrize("password", ["Longhua-2026-lamp", "每天早上喝一杯热豆浆再出门", "t7#Kp9!vQz2&Lm"])
def test_good_passwords_are_accepted(password: str) -> None:
    passwords.check(password, "wangmin", ["王敏"])


@pytest.mark.parametrize("login", ["wang", "王敏", "wang.min-2", "a" * 40])
def test_good_logins(login: str) -> None:
    passwords.check_login(login)


@pytest.mark.parametrize("login", ["", "a b", "a/b", "a\n", "a" * 41, "<x>"])
def test_bad_logins(login: str) -> None:
    with pytest.raises(UserError, match="MH-LEDGER-37"):
        passwords.check_login(login)
