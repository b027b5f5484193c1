"""Who may open a ledger: create, open, recover, users and passwords.

Importing this loads neither SQLAlchemy nor the cryptography, so that the login window is quick to appear.
"""

from __future__ import annotations

import contextlib
import csv
import getpass
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mhdesk import paths
from mhdesk.domain.account import Role, User
from mhdesk.domain.errors import InputRefused, LedgerError, OutputFailed, UsageError
from mhdesk.domain.unit import Unit, UnitLevel, UnitYear
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Clock
    from db.ledger import Ledger as Ledger  # noqa: PLC0414 - the window knows it by this name: it never imports db

ROLES = tuple(role.value for role in Role)
_PLACE_CODES = {
    paths.PlaceProblem.NETWORK: "MH-PLACE-01",
    paths.PlaceProblem.REMOVABLE: "MH-PLACE-02",
    paths.PlaceProblem.SYNCED: "MH-PLACE-03",
}
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
    import db.ledger  # noqa: F401


def create_ledger(
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
    """A new encrypted ledger, open, and its recovery code, which is shown once.

    `units_csv`: its units (名称,层级,上级,人口). Raises UsageError MH-UNITS-03 without a name, InputRefused MH-UNITS-01
    and 02 for the file, and what `Ledger.create` raises; a creation that fails leaves no ledger behind.
    """
    from db.ledger import Ledger

    _check_place(folder)
    unit_name = unit_name.strip()
    if not unit_name:
        raise UsageError("MH-UNITS-03", name="")
    units = _read_units(units_csv, unit_name) if units_csv else []
    before = set(folder.iterdir()) if folder.is_dir() else set()
    ledger, code = Ledger.create(
        folder, unit_name=unit_name, level=level, login=login, user_name=user_name, password=password, now=now
    )
    if units:
        try:
            with ledger.change("unit.import") as change:
                _add_units(change, units, root_id=ledger.root_unit_id, year=now().year)
        except BaseException:
            ledger.drop()
            for made in set(folder.iterdir()) - before:
                _remove(made)
            raise
    return ledger, code


def open_ledger(folder: Path, *, login: str, password: str, now: Clock = utc_now) -> Ledger:
    """Open with a password. Raises LedgerError, each case with a code of its own."""
    from db.ledger import Ledger

    _check_place(folder)
    ledger = Ledger.open(folder, login=login, password=password, now=now)
    _sweep(folder)
    return ledger


def open_with_recovery(folder: Path, *, code: str, login: str, new_password: str, now: Clock = utc_now) -> Ledger:
    """Open with the recovery code and give `login` a new password."""
    from db.ledger import Ledger

    _check_place(folder)
    return Ledger.open_with_recovery(folder, code=code, login=login, new_password=new_password, now=now)


def _check_place(folder: Path) -> None:
    """Refuse a folder where a ledger comes to harm. Raises LedgerError MH-PLACE-01 network, 02 removable, 03 synced."""
    problem = paths.place_problem(folder.absolute(), paths.drive_kind(folder), paths.sync_roots())
    if problem is not None:
        raise LedgerError(_PLACE_CODES[problem])


def _sweep(folder: Path) -> None:
    """Remove what an export into the ledger's own folder left behind when its process was killed."""
    from mhdesk.files import sink

    for sent in (folder / "sent", *(folder / "sent").glob("*/")):
        sink.sweep(sent)


def last_login(folder: Path) -> LastLogin | None:
    """Who logged in last; readable without a password."""
    from db import login_state

    state = login_state.load(folder)
    if state.last_login is None or state.last_login_at is None:
        return None
    return LastLogin(state.last_login, datetime.fromisoformat(state.last_login_at))


def has_ledger(folder: Path) -> bool:
    """Whether a ledger stands in the folder."""
    return (folder / "ledger.db").is_file()


def suggest_phrase() -> str:
    """A password of four random words, easy to remember, hard to guess."""
    from db import passwords

    return passwords.suggest_phrase()


def add_user(ledger: Ledger, *, login: str, name: str, role: str, password: str) -> User:
    """A new user with a password slot of their own. Administrators only."""
    from db import accounts

    return accounts.add_user(ledger, login=login, name=name, role=role, password=password)


def list_users(ledger: Ledger) -> list[User]:
    """Everybody who has or had a password slot."""
    return ledger.find(User)


def change_password(ledger: Ledger, *, old: str, new: str) -> None:
    """One's own password."""
    from db import accounts

    accounts.change_password(ledger, old=old, new=new)


def reset_password(ledger: Ledger, *, login: str, new: str) -> None:
    """Somebody's forgotten password. Administrators only."""
    from db import accounts

    accounts.reset_password(ledger, login, new)


def disable_user(ledger: Ledger, *, login: str, reason: str) -> None:
    """Take a password slot away; the person's records stay. Administrators only."""
    from db import accounts

    accounts.disable_user(ledger, login, reason)


@contextlib.contextmanager
def secret_file(file: Path | None) -> Iterator[Callable[[str], bool]]:
    """Make a new file that only its owner may read, before the secret exists; yields the function that writes it.

    That function says whether the secret stands in the file: not when there is none or the disk is full, so that the
    caller can show it instead. An exception inside the block takes the file away again. Raises UsageError MH-USAGE-05
    where a file stands already, OutputFailed.
    """
    if file is None:
        yield lambda _: False
        return
    from mhdesk.files.sink import system_errors

    try:
        with system_errors():
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OutputFailed as error:
        if isinstance(error.__cause__, FileExistsError):
            raise UsageError("MH-USAGE-05", file=file.name) from None
        raise
    is_written = False

    def write(secret: str) -> bool:
        nonlocal is_written
        content = f"{secret}\n".encode()
        with contextlib.suppress(OSError):
            is_whole = os.write(handle, content) == len(content)
            os.fsync(handle)
            is_written = is_whole
        return is_written

    try:
        yield write
    except BaseException:
        is_written = False
        raise
    finally:
        os.close(handle)
        if not is_written:
            file.unlink(missing_ok=True)


def write_secret(file: Path, secret: str) -> None:
    """Write a password to a new file that only its owner may read. Raises as `secret_file`."""
    with secret_file(file) as write:
        if not write(secret):
            raise OutputFailed("MH-FILE-51")


def read_secret(file: Path) -> str:
    """The first line of a password file. Raises UsageError when there is none."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise UsageError("MH-USAGE-03", file=file.name) from None


def ask_password(prompt: str) -> str:
    """Ask at the terminal without showing what is typed; without a terminal, the next line of standard input.

    Raises UsageError MH-USAGE-04 when there is neither.
    """
    try:
        with warnings.catch_warnings():
            # where getpass cannot hide the typing it warns in English and shows it; a pipe needs no hiding
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except getpass.GetPassWarning:
        line = sys.stdin.readline() if sys.stdin is not None else ""
    except EOFError:
        line = ""
    if not line:
        raise UsageError("MH-USAGE-04")
    return line.rstrip("\r\n")


def ask_new_password() -> str:
    """Ask twice. Raises UsageError MH-USAGE-06 when the two differ, MH-USAGE-04 when there is nobody to ask."""
    first = ask_password(text("cli.ask_new_password"))
    if first != ask_password(text("cli.ask_new_password_again")):
        raise UsageError("MH-USAGE-06")
    return first


def _read_units(file: Path, root: str) -> list[dict[str, str]]:
    """Rows of a units file: 名称,层级(institution|village 或 机构|村居),上级,人口. No 上级: the ledger's own unit."""
    rows = _csv_rows(file)
    if not rows or rows[0][0].strip() not in ("名称", "name"):
        raise InputRefused("MH-UNITS-01", file=file.name)
    levels = {"机构": UnitLevel.INSTITUTION, "村居": UnitLevel.VILLAGE, "村（居）": UnitLevel.VILLAGE}
    found: list[dict[str, str]] = []
    names, places = {root}, set()
    for number, row in enumerate(rows[1:], start=2):
        values = dict.fromkeys(_UNIT_COLUMNS, "") | dict(zip(_UNIT_COLUMNS, map(str.strip, row), strict=False))
        values["level"] = str(levels.get(values["level"], values["level"]))
        values["parent"] = values["parent"] or root
        place = (values["parent"], values["name"])
        is_sound = (
            values["name"]
            and values["level"] in (UnitLevel.INSTITUTION, UnitLevel.VILLAGE)
            and (values["population"] or "0").isdecimal()
            and values["parent"] in names
            and place not in places
        )
        if not is_sound:
            raise InputRefused("MH-UNITS-02", file=file.name, row=number)
        names.add(values["name"])
        places.add(place)
        found.append(values)
    return found


def _csv_rows(file: Path) -> list[Sequence[str]]:
    """The rows that hold anything, from UTF-8 or GB 18030. Raises InputRefused MH-UNITS-01."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with file.open(encoding=encoding, newline="") as stream:
                return [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
        except UnicodeDecodeError:
            continue
        except (OSError, csv.Error):
            break
    raise InputRefused("MH-UNITS-01", file=file.name) from None


def _add_units(change: Change, rows: list[dict[str, str]], *, root_id: int, year: int) -> None:
    """Store the units in file order, so that a parent stands before its children."""
    ids: dict[str, int] = {}
    for order, row in enumerate(rows):
        parent_id = ids.get(row["parent"], root_id)
        unit_id = change.add(Unit(name=row["name"], level=row["level"], parent_id=parent_id, sort_order=order))
        ids[row["name"]] = unit_id
        if row["population"]:
            change.add(UnitYear(unit_id=unit_id, year=year, population=int(row["population"])))


def _remove(made: Path) -> None:
    """Take away what a creation that failed has made."""
    if made.is_dir():
        shutil.rmtree(made, ignore_errors=True)
    else:
        made.unlink(missing_ok=True)
