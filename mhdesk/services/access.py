"""Who may open a ledger: create, open, recover, users and passwords.

Importing this loads neither SQLAlchemy nor the cryptography, so that the login window is quick to appear.
"""

from __future__ import annotations

import csv
import getpass
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain.account import Role, User
from mhdesk.domain.errors import InputRefused, UsageError
from mhdesk.domain.unit import Unit, UnitLevel, UnitYear
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Clock
    from db.ledger import Ledger as Ledger  # the window knows it by this name: it never imports db

ROLES = tuple(role.value for role in Role)
_UNIT_COLUMNS = ("name", "level", "parent", "population")


class LastLogin(NamedTuple):
    """Who used a ledger last, and when (UTC)."""

    login: str
    at: datetime


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def today() -> date:
    """Today where this computer stands."""
    return datetime.now().astimezone().date()


def prepare() -> None:
    """Import what opening a ledger needs; the window does it while the password is typed."""
    import db.ledger  # noqa: F401, PLC0415


def create_ledger(  # noqa: PLR0913 - everything a ledger begins with
    folder: Path,
    *,
    unit_name: str,
    level: str,
    login: str,
    user_name: str,
    password: str,
    units_csv: Path | None = None,
    now: Clock = utc_now,
) -> tuple[Ledger, str]:
    """A new encrypted ledger, open, and its recovery code, which is shown once."""
    from db.ledger import Ledger  # noqa: PLC0415

    units = _read_units(units_csv) if units_csv else []
    ledger, code = Ledger.create(
        folder, unit_name=unit_name, level=level, login=login, user_name=user_name, password=password, now=now
    )
    if units:
        with ledger.change("unit.import") as change:
            _add_units(change, units, root_id=ledger.root_unit_id, year=now().year)
    return ledger, code


def open_ledger(folder: Path, *, login: str, password: str, now: Clock = utc_now) -> Ledger:
    """Open with a password. Raises LedgerError, each case with a code of its own."""
    from db.ledger import Ledger  # noqa: PLC0415

    return Ledger.open(folder, login=login, password=password, now=now)


def open_with_recovery(
    folder: Path, *, code: str, login: str, new_password: str, now: Clock = utc_now
) -> Ledger:
    """Open with the recovery code and give `login` a new password."""
    from db.ledger import Ledger  # noqa: PLC0415

    return Ledger.open_with_recovery(folder, code=code, login=login, new_password=new_password, now=now)


def last_login(folder: Path) -> LastLogin | None:
    """Who logged in last; readable without a password."""
    from db import login_state  # noqa: PLC0415

    state = login_state.load(folder)
    if state.last_login is None or state.last_login_at is None:
        return None
    return LastLogin(state.last_login, datetime.fromisoformat(state.last_login_at))


def has_ledger(folder: Path) -> bool:
    """Whether a ledger stands in the folder."""
    return (folder / "ledger.db").is_file()


def suggest_phrase() -> str:
    """A password of four random words, easy to remember, hard to guess."""
    from db import passwords  # noqa: PLC0415

    return passwords.suggest_phrase()


def add_user(ledger: Ledger, *, login: str, name: str, role: str, password: str) -> User:
    """A new user with a password slot of their own. Administrators only."""
    from db import accounts  # noqa: PLC0415

    return accounts.add_user(ledger, login=login, name=name, role=role, password=password)


def list_users(ledger: Ledger) -> list[User]:
    """Everybody who has or had a password slot."""
    return ledger.find(User)


def change_password(ledger: Ledger, *, old: str, new: str) -> None:
    """One's own password."""
    from db import accounts  # noqa: PLC0415

    accounts.change_password(ledger, old=old, new=new)


def reset_password(ledger: Ledger, *, login: str, new: str) -> None:
    """Somebody's forgotten password. Administrators only."""
    from db import accounts  # noqa: PLC0415

    accounts.reset_password(ledger, login, new)


def disable_user(ledger: Ledger, *, login: str, reason: str) -> None:
    """Take a password slot away; the person's records stay. Administrators only."""
    from db import accounts  # noqa: PLC0415

    accounts.disable_user(ledger, login, reason)


def write_secret(file: Path, secret: str) -> None:
    """Write a recovery code or password to a new file that only its owner may read."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError("MH-USAGE-05", file=file.name) from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(secret + "\n")


def read_secret(file: Path) -> str:
    """The first line of a password file. Raises UsageError when there is none."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise UsageError("MH-USAGE-03", file=file.name) from None


def ask_new_password() -> str:
    """Ask twice at the keyboard. Raises UsageError when the two differ or there is no keyboard."""
    try:
        first = getpass.getpass(text("cli.ask_new_password"))
        if first != getpass.getpass(text("cli.ask_new_password_again")):
            raise UsageError("MH-USAGE-06")
    except EOFError:
        raise UsageError("MH-USAGE-04") from None
    return first


def _read_units(file: Path) -> list[dict[str, str]]:
    """Rows of a units file: 名称,层级(institution|village 或 机构|村居),上级,人口."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError):
        raise InputRefused("MH-UNITS-01", file=file.name) from None
    levels = {"机构": UnitLevel.INSTITUTION, "村居": UnitLevel.VILLAGE, "村（居）": UnitLevel.VILLAGE}
    found = []
    for number, row in enumerate(rows[1:], start=2):
        values = dict(zip(_UNIT_COLUMNS, (cell.strip() for cell in row), strict=False))
        values["level"] = str(levels.get(values.get("level", ""), values.get("level", "")))
        population = values.get("population", "")
        if not values.get("name") or values["level"] not in set(UnitLevel) or not (population or "0").isdigit():
            raise InputRefused("MH-UNITS-02", file=file.name, row=number)
        found.append(values)
    return found


def _add_units(change: Change, rows: list[dict[str, str]], *, root_id: int, year: int) -> None:
    """Store the units in file order, so that a parent stands before its children; no parent means the root."""
    ids: dict[str, int] = {}
    for order, row in enumerate(rows):
        parent_id = ids.get(row.get("parent", ""), root_id)
        unit_id = change.add(Unit(name=row["name"], level=row["level"], parent_id=parent_id, sort_order=order))
        ids[row["name"]] = unit_id
        if row.get("population"):
            change.add(UnitYear(unit_id=unit_id, year=year, population=int(row["population"])))
