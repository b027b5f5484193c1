"""Who may open the ledger: user rows and password slots change together.

A password slot is written before the transaction commits. A slot whose user row never came is taken away at the next
opening, so that a crash in between leaves nobody with more rights than the ledger says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from db import keys, passwords
from db.errors import faults_as_errors
from db.ledger import Ledger
from mhdesk.domain.account import Role, User
from mhdesk.domain.errors import LedgerError, UserError

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.COMBINED})


def list_users(ledger: Ledger) -> list[User]:
    """Everybody, disabled ones too."""
    return ledger.find(User)


def add_user(
    ledger: Ledger, *, login: str, name: str, role: str, password: str, kdf: keys.Kdf = keys.DEFAULT_KDF
) -> User:
    """A new user. Raises UserError: MH-LEDGER-17, 18, 37 weak password or bad login, 19 taken, 22 not permitted."""
    _require_administrator(ledger)
    passwords.check_login(login)
    passwords.check(password, login, [name])
    if ledger.find(User, login=login):
        raise UserError("MH-LEDGER-19", login=login)
    with _key_change(ledger), ledger.change("user.add", reason=f"role {Role(role)}") as change:
        user_id = change.add(User(login=login, name=name, role=role))
        ledger.ring.set_password(login, password, ledger.now(), kdf)
        ledger.ring.save(ledger.folder)
    return ledger.get(User, user_id)


def disable_user(ledger: Ledger, login: str, reason: str) -> None:
    """Shut somebody out. Raises UserError: MH-LEDGER-20 unknown, 21 the last administrator, 22 not permitted."""
    _require_administrator(ledger)
    user = _user(ledger, login)
    others = [other for other in list_users(ledger) if other.login != login and other.disabled_at is None]
    if user.role in ADMINISTRATORS and not any(other.role in ADMINISTRATORS for other in others):
        raise UserError("MH-LEDGER-21")
    with _key_change(ledger), ledger.change("user.disable", reason=reason) as change:
        change.replace(dataclasses.replace(user, disabled_at=ledger.now()))
        ledger.ring.remove(login)
        ledger.ring.save(ledger.folder)


def change_password(ledger: Ledger, *, old: str, new: str, kdf: keys.Kdf = keys.DEFAULT_KDF) -> None:
    """One's own password. Raises LedgerError MH-LEDGER-01 when `old` is wrong, UserError for a weak one."""
    keys.unlock_documents([ledger.ring.document], ledger.login, old)
    _set_password(ledger, ledger.login, new, "user.password", kdf)


def reset_password(ledger: Ledger, login: str, new: str, *, kdf: keys.Kdf = keys.DEFAULT_KDF) -> None:
    """Somebody's forgotten password. Raises UserError: MH-LEDGER-20 unknown, 22 not permitted, or for a weak one."""
    _require_administrator(ledger)
    _user(ledger, login)
    _set_password(ledger, login, new, "user.password_reset", kdf)


def new_recovery_code(ledger: Ledger) -> str:
    """A fresh recovery code; older sheets open nothing any more. Raises UserError MH-LEDGER-22."""
    _require_administrator(ledger)
    with _key_change(ledger), ledger.change("key.recovery_code_new") as change:
        code = ledger.ring.new_code(ledger.now())
        change.touch("app_user")
        ledger.ring.save(ledger.folder)
    return code


def _set_password(ledger: Ledger, login: str, new: str, action: str, kdf: keys.Kdf) -> None:
    user = _user(ledger, login)
    passwords.check(new, login, [user.name])
    with _key_change(ledger), ledger.change(action, reason=f"user {user.uuid}") as change:
        change.touch("app_user")
        ledger.ring.set_password(login, new, ledger.now(), kdf)
        ledger.ring.save(ledger.folder)


@contextmanager
def _key_change(ledger: Ledger) -> Iterator[None]:
    """Put the old key document back when the transaction does not come through."""
    before = ledger.ring.document
    try:
        with faults_as_errors(ledger.folder):
            yield
    except BaseException:
        if ledger.ring.document is not before:
            ledger.ring.document = before
            ledger.ring.save(ledger.folder)
        raise


def _user(ledger: Ledger, login: str) -> User:
    found = [user for user in ledger.find(User, login=login) if user.disabled_at is None]
    if not found:
        raise UserError("MH-LEDGER-20", login=login)
    return found[0]


def _require_administrator(ledger: Ledger) -> None:
    if ledger.role not in ADMINISTRATORS:
        raise LedgerError("MH-LEDGER-22")
