"""User rows and password slots change together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import accounts, keys
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.account import Role
from mhdesk.domain.errors import LedgerError, OutputFailed, UserError
from tests.conftest import FixedClock, LedgerTemplate

CHEAP = Kdf(64, 1, 1)
GOOD = "Morning-tea-9-cups"


def add(ledger: Ledger, login: str = "li", role: str = Role.DOCTOR, password: str = GOOD) -> None:
    accounts.add_user(ledger, login=login, name="李明", role=role, password=password, kdf=CHEAP)


def reopened(ledger: Ledger, login: str, password: str, clock: FixedClock) -> Ledger:
    ledger.close()
    return Ledger.open(ledger.folder, login=login, password=password, now=clock)


def test_a_new_user_can_open_but_not_administrate(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger)
    with reopened(ledger, "li", GOOD, clock) as theirs:
        assert (theirs.user_name, theirs.role) == ("李明", Role.DOCTOR)
        for forbidden in (
            lambda: add(theirs, "zhao"),
            lambda: accounts.disable_user(theirs, "wang", "x"),
            lambda: accounts.reset_password(theirs, "wang", GOOD),
            lambda: accounts.new_recovery_code(theirs),
        ):
            with pytest.raises(LedgerError, match="MH-LEDGER-22"):
                forbidden()
        accounts.change_password(theirs, old=GOOD, new="Evening-tea-8-cups", kdf=CHEAP)
    Ledger.open(ledger.folder, login="li", password="Evening-tea-8-cups", now=clock).close()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"login": "wang"}, "MH-LEDGER-19"),
        ({"login": "a b"}, "MH-LEDGER-37"),
        ({"password": "short"}, "MH-LEDGER-17"),
        ({"password": "li-password-1234"}, "MH-LEDGER-18"),
    ],
)
def test_a_user_that_is_refused_leaves_nothing(ledger: Ledger, given: dict[str, str], code: str) -> None:
    with pytest.raises(UserError, match=code):
        add(ledger, **given)
    assert ledger.ring.logins() == {"wang"}
    assert len(accounts.list_users(ledger)) == 1


def test_a_disabled_user_is_shut_out_and_stays_in_the_list(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger)
    accounts.disable_user(ledger, "li", "调离")
    assert [user.disabled_at for user in accounts.list_users(ledger)] == [None, clock()]
    with pytest.raises(UserError, match="MH-LEDGER-20"):
        accounts.disable_user(ledger, "li", "x")
    with pytest.raises(UserError, match="MH-LEDGER-20"):
        accounts.reset_password(ledger, "li", GOOD)
    folder = ledger.folder
    ledger.close()
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        Ledger.open(folder, login="li", password=GOOD, now=clock)


def test_the_last_administrator_stays(ledger: Ledger) -> None:
    add(ledger)
    with pytest.raises(UserError, match="MH-LEDGER-21"):
        accounts.disable_user(ledger, "wang", "x")
    add(ledger, "zhao", Role.ADMINISTRATOR)
    accounts.disable_user(ledger, "wang", "x")


def test_ones_own_password_needs_the_old_one(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        accounts.change_password(ledger, old="wrong", new=GOOD)
    with pytest.raises(UserError, match="MH-LEDGER-17"):
        accounts.change_password(ledger, old="Longhua-2026-lamp", new="short")


def test_a_forgotten_password_is_reset(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger)
    accounts.reset_password(ledger, "li", "Evening-tea-8-cups", kdf=CHEAP)
    reopened(ledger, "li", "Evening-tea-8-cups", clock).close()


def test_a_new_code_ends_the_old_one(ledger: Ledger, ledger_template: LedgerTemplate, clock: FixedClock) -> None:
    code = accounts.new_recovery_code(ledger)
    ledger.close()
    with pytest.raises(LedgerError, match="MH-LEDGER-12"):
        keys.unlock_with_code(ledger.folder, ledger_template.recovery_code)
    Ledger.open_with_recovery(ledger.folder, code=code, new_password=GOOD, login="wang", now=clock, kdf=CHEAP).close()


def test_when_the_key_file_cannot_be_written_nothing_happens(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: (ledger.folder / name).read_bytes() for name in keys.FILE_NAMES}
    saves: list[int] = []
    save = keys.KeyRing.save

    def fail_once(self: keys.KeyRing, folder: Path) -> None:
        saves.append(1)
        if len(saves) == 1:
            raise OSError(28, "No space left on device")
        save(self, folder)

    monkeypatch.setattr(keys.KeyRing, "save", fail_once)
    with pytest.raises(OutputFailed, match="MH-LEDGER-14"):
        add(ledger)
    assert {name: (ledger.folder / name).read_bytes() for name in keys.FILE_NAMES} == before
    assert len(accounts.list_users(ledger)) == 1
    assert ledger.ring.logins() == {"wang"}


def test_every_account_change_stands_in_the_audit_trail(ledger: Ledger) -> None:
    add(ledger)
    accounts.reset_password(ledger, "li", "Evening-tea-8-cups", kdf=CHEAP)
    accounts.disable_user(ledger, "li", "调离")
    accounts.change_password(ledger, old="Longhua-2026-lamp", new=GOOD, kdf=CHEAP)
    accounts.new_recovery_code(ledger)
    with ledger.read() as connection:
        actions = [row[0] for row in connection.exec_driver_sql("SELECT action FROM audit ORDER BY seq")]
    assert actions[-5:] == [
        "user.add",
        "user.password_reset",
        "user.disable",
        "user.password",
        "key.recovery_code_new",
    ]
