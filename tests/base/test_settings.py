from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mhdesk import settings
from mhdesk.settings import Settings


def test_defaults_when_there_is_no_file(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.json") == Settings()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.json"
    wanted = Settings(font_percent=150, dark=True, last_ledger="D:\\精防台账", last_login="wang", geometry="AdnQ")
    settings.save(wanted, file)
    assert settings.load(file) == wanted
    assert [one.name for one in file.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe\x00", b'{"font_percent": 1e999'])
def test_a_broken_file_is_moved_aside(damage: bytes, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    for number in (1, 2):
        file.write_bytes(damage)
        assert settings.load(file) == Settings()
        assert not file.exists()
        assert (tmp_path / f"settings.json.bad-{number}").read_bytes() == damage


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"font_percent": 5}, Settings(font_percent=90)),
        ({"font_percent": 900}, Settings(font_percent=200)),
        ({"lock_minutes": 0}, Settings(lock_minutes=2)),
        ({"lock_minutes": 600}, Settings(lock_minutes=15)),
        ({"font_percent": "big", "dark": 1, "last_login": None}, Settings()),
        ({"font_percent": True, "last_login": "li"}, Settings(last_login="li")),
        ({"of_a_later_version": 1, "dark": True}, Settings(dark=True)),
        ([1, 2], Settings()),
    ],
)
def test_senseless_items_fall_back_to_defaults(stored: Any, expected: Settings, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(stored), encoding="utf-8")
    assert settings.load(file) == expected


def test_change_keeps_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    settings.change(file, last_login="wang")
    assert settings.change(file, font_percent=120) == Settings(last_login="wang", font_percent=120)
    assert settings.load(file) == Settings(last_login="wang", font_percent=120)


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    settings.save(Settings(last_login="wang"), file)

    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        settings.save(Settings(last_login="li"), file)
    assert settings.change(file, last_login="li") == Settings(last_login="li")
    assert settings.load(file) == Settings(last_login="wang")
    assert [one.name for one in tmp_path.iterdir()] == ["settings.json"]
