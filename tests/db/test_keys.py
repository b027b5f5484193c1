"""Any one slot opens the ledger; nothing else does; damage is told from a wrong password."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import keys
from db.keys import Kdf
from mhdesk.domain.errors import LedgerError

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CHEAP = Kdf(64, 1, 1)


def made(folder: Path) -> tuple[keys.KeyRing, str]:
    ring = keys.new_ring()
    ring.set_password("wang", "first password", NOW, CHEAP)
    ring.set_password("李医生", "second password", NOW, CHEAP)
    code = ring.new_code(NOW)
    ring.save(folder)
    return ring, code


def test_each_slot_opens_the_same_key(tmp_path: Path) -> None:
    ring, code = made(tmp_path)
    opened = [
        keys.unlock(tmp_path, "wang", "first password"),
        keys.unlock(tmp_path, "李医生", " second password "),
        keys.unlock_with_code(tmp_path, code.lower()),
    ]
    for purpose in ("db", "hdr", "audit", "backup"):
        assert {one.subkey(purpose) for one in opened} == {ring.subkey(purpose)}
    assert len({ring.subkey(purpose) for purpose in ("db", "hdr", "audit", "backup")}) == 4


@pytest.mark.parametrize(
    ("login", "password"),
    [("wang", "second password"), ("wang", ""), ("nobody", "first password"), ("", "first password")],
)
def test_a_wrong_pair_opens_nothing(tmp_path: Path, login: str, password: str) -> None:
    made(tmp_path)
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        keys.unlock(tmp_path, login, password)


def test_an_unknown_login_costs_one_kdf_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path)
    runs: list[int] = []
    derive = Kdf.derive

    def counted(kdf: Kdf, password: str, salt: bytes) -> bytes:
        runs.append(1)
        return derive(kdf, password, salt)

    monkeypatch.setattr(Kdf, "derive", counted)
    for login in ("wang", "nobody"):
        runs.clear()
        with pytest.raises(LedgerError):
            keys.unlock(tmp_path, login, "wrong")
        assert len(runs) == 1


@pytest.mark.parametrize(
    ("kdf", "answer"),
    [
        (Kdf(65536, 2, 1), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
        (Kdf(256, 2, 1), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
    ],
)
def test_argon2id_gives_the_known_answer(kdf: Kdf, answer: str) -> None:
    # From the test vectors of the reference implementation (phc-winner-argon2, version 0x13).
    assert kdf.derive("password", b"somesalt").hex() == answer


def test_the_default_cost_is_the_one_decided() -> None:
    assert Kdf(128 * 1024, 3, 4) == keys.DEFAULT_KDF


@pytest.mark.parametrize(
    "kdf", [Kdf(2 * 1024 * 1024, 3, 4), Kdf(64, 11, 1), Kdf(64, 0, 1), Kdf(64, 1, 17), Kdf(7, 1, 1), Kdf(-1, 1, 1)]
)
def test_costs_out_of_bounds_are_refused_before_anything_runs(kdf: Kdf) -> None:
    with pytest.raises(ValueError, match="argon2id"):
        kdf.derive("password", b"0" * 16)


def test_a_new_password_and_a_new_code_end_the_old_ones(tmp_path: Path) -> None:
    ring, code = made(tmp_path)
    ring.set_password("wang", "third password", NOW, CHEAP)
    ring.remove("李医生")
    newer = ring.new_code(NOW)
    ring.save(tmp_path)
    keys.unlock(tmp_path, "wang", "third password")
    keys.unlock_with_code(tmp_path, newer)
    for login, password in (("wang", "first password"), ("李医生", "second password")):
        with pytest.raises(LedgerError, match="MH-LEDGER-01"):
            keys.unlock(tmp_path, login, password)
    with pytest.raises(LedgerError, match="MH-LEDGER-12"):
        keys.unlock_with_code(tmp_path, code)


@pytest.mark.parametrize("name", keys.FILE_NAMES)
@pytest.mark.parametrize("damage", [None, b"", b"{}", b"\xff\xfe garbage", b"[" * 5000])
def test_one_copy_is_enough(tmp_path: Path, name: str, damage: bytes | None) -> None:
    made(tmp_path)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    assert keys.unlock(tmp_path, "wang", "first password").logins() == {"wang", "李医生"}


def test_without_both_copies_it_says_so(tmp_path: Path) -> None:
    _, code = made(tmp_path)
    for name in keys.FILE_NAMES:
        (tmp_path / name).write_bytes(b"{")
    with pytest.raises(LedgerError, match="MH-LEDGER-09"):
        keys.unlock(tmp_path, "wang", "first password")
    with pytest.raises(LedgerError, match="MH-LEDGER-09"):
        keys.unlock_with_code(tmp_path, code)


def test_the_newer_copy_wins_and_a_forged_newer_one_does_not(tmp_path: Path) -> None:
    ring, _ = made(tmp_path)
    older = (tmp_path / "keys-a.json").read_bytes()
    ring.set_password("wang", "third password", NOW, CHEAP)
    ring.save(tmp_path)
    (tmp_path / "keys-a.json").write_bytes(older)
    keys.unlock(tmp_path, "wang", "third password")
    forged = json.loads((tmp_path / "keys-b.json").read_bytes()) | {"generation": 99}
    (tmp_path / "keys-a.json").write_text(json.dumps(forged), encoding="utf-8")
    assert keys.unlock(tmp_path, "wang", "third password").document.generation == ring.document.generation


def test_a_slot_moved_to_another_login_opens_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    text = (tmp_path / "keys-a.json").read_text(encoding="utf-8").replace('"wang"', '"boss"')
    for name in keys.FILE_NAMES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        keys.unlock(tmp_path, "boss", "first password")


def test_every_changed_byte_is_noticed_or_harmless(tmp_path: Path, sweep: bool) -> None:
    ring, _ = made(tmp_path)
    data = ring.document.to_bytes()
    for place in range(0, len(data), 1 if sweep else 7):
        for flip in (0x01, 0x10):
            changed = bytearray(data)
            changed[place] ^= flip
            for name in keys.FILE_NAMES:
                (tmp_path / name).write_bytes(changed)
            try:
                opened = keys.unlock(tmp_path, "wang", "first password")
            except LedgerError as error:
                assert error.code in {"MH-LEDGER-01", "MH-LEDGER-09"}  # noqa: PT017 - both outcomes are fine
            else:
                assert opened.document == ring.document


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TOP = ["magic", "v", "vault_id", "generation", "cipher", "suite", "slots", "mac"]
SLOT = ["id", "type", "login", "nonce", "ciphertext", "created", "kdf", "extra"]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("keys"))[0].document.to_bytes()


@given(st.sampled_from(TOP), st.sampled_from(SLOT), json_like, st.booleans())
def test_any_json_is_read_or_refused(good: bytes, top: str, inner: str, value: object, deep: bool) -> None:
    document = json.loads(good)
    if deep:
        document["slots"][0][inner] = value
    else:
        document[top] = value
    try:
        keys.parse(json.dumps(document).encode())
    except ValueError:
        return


@given(st.integers(), st.integers(), st.integers())
def test_fuzzed_costs_never_reach_the_kdf(good: bytes, memory: int, iterations: int, lanes: int) -> None:
    document = json.loads(good)
    document["slots"][0]["kdf"] |= {"memory_kib": memory, "iterations": iterations, "lanes": lanes}
    try:
        slot = keys.parse(json.dumps(document).encode()).slots[0]
    except ValueError:
        return
    assert slot.kdf is not None
    assert slot.kdf.memory_kib <= 1024 * 1024
    assert slot.kdf.iterations <= 10


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json, unicode or our own: each is one
        keys.parse(data)
