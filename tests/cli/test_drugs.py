"""``mhdesk drugs``: the dictionary listed, searched, left out, handed on and taken over."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_list_change_hand_on(cli: Cli, tmp_path: Path) -> None:
    whole = cli("drugs").json
    found = cli("drugs", "--find", "lpt").json["drugs"]
    assert [one["generic"] for one in found[:2]] == ["利培酮", "利培酮微球"]
    assert found[0] in whole["drugs"]
    assert (found[0]["low"], found[0]["high"], found[0]["mark"], found[0]["origin"]) == (2, 6, "memory", "mhdesk")
    left = cli("drugs", "--leave-out", "维思通").json["drugs"]
    assert "利培酮" not in {one["generic"] for one in left}
    file = tmp_path / "own.toml"
    cli("drugs", "--give", file)
    cli("drugs", "--put-back", "利培酮")
    assert cli("drugs").json == whole
    assert cli("drugs", "--take", file).json["drugs"] == left


def test_faults(cli: Cli, tmp_path: Path) -> None:
    answer = cli("drugs", "--leave-out", "没有这种药")
    assert (answer.status, answer.code) == (1, "MH-DRUGS-02")
    answer = cli("drugs", "--take", tmp_path / "no.toml")
    assert (answer.status, answer.code) == (4, "MH-DRUGS-03")
