"""Keys without a network: the district's setup file, the township's registration, fingerprints read by telephone.

Private keys live inside the encrypted ledger. The backup key's private half never does: it is written once, to a file
for the safe, before its public half is used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk.domain.account import Role
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.domain.exchange import Station
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import sending
from mhdesk.services.access import secret_file

if TYPE_CHECKING:
    from db.ledger import Ledger

OWN_SETTING = "exchange.own"  # the district's key pairs
JOINED_SETTING = "exchange.joined"  # the district a township sends to, and the township's own key
KEPT_KEYS = 4  # working keys that still open what is on the way: three years of yearly renewal
_ADMINISTRATORS = (Role.ADMINISTRATOR, Role.COMBINED)


class UnitChoice(NamedTuple):
    """An institution of the setup file."""

    code: str
    name: str


@dataclass(frozen=True)
class Own:
    """A district's keys. `working` newest first; `matching` newest first, at most two while both are in use."""

    signing: bytes
    working: Sequence[bytes]  # private halves
    backup: Sequence[bytes]  # public halves
    matching: Sequence[bytes]
    serial: int
    made_on: str

    @property
    def fingerprint(self) -> str:
        """What townships compare."""
        from mhdesk.exchange import keys

        return keys.fingerprint(keys.signing_pair(self.signing).public)

    @property
    def kid(self) -> str:
        """The district's short name in packages."""
        from mhdesk.exchange import keys

        return keys.signing_pair(self.signing).kid

    def openers(self) -> dict[str, bytes]:
        """Every private key that may open a package, by kid."""
        from mhdesk.exchange import keys

        return {keys.sealing_pair(private).kid: private for private in self.working}


@dataclass(frozen=True)
class Joined:
    """What a township knows of its district. `setup`: the signed body of the newest setup file."""

    setup: Mapping[str, Any]
    station: bytes  # private half of this township's own key
    org_code: str

    @property
    def signing(self) -> bytes:
        """The district's public key."""
        from mhdesk.exchange import keys

        return keys.from_text(self.setup["signing"])

    @property
    def recipients(self) -> list[bytes]:
        """For whom packages are sealed: the working key and the one in the safe."""
        from mhdesk.exchange import keys

        return [keys.from_text(self.setup[name]) for name in ("working", "backup")]

    @property
    def matching(self) -> dict[str, bytes]:
        """Matching keys by name."""
        from mhdesk.exchange import keys

        return {name: keys.from_text(words) for name, words in self.setup["matching"].items()}

    @property
    def name(self) -> str:
        """The district."""
        return str(self.setup["name"])

    @property
    def unit_name(self) -> str:
        """How the district calls this institution."""
        return next((one["name"] for one in self.setup["units"] if one["code"] == self.org_code), self.org_code)

    @property
    def fingerprint(self) -> str:
        """What the district compares before it registers this township."""
        from mhdesk.exchange import keys

        return keys.fingerprint(keys.signing_pair(self.station).public)

    @property
    def is_revoked(self) -> bool:
        """Whether the district has revoked this township's key."""
        from mhdesk.exchange import keys

        return keys.signing_pair(self.station).kid in self.setup["revoked"]


@dataclass(frozen=True)
class SetupView:
    """A setup file before it is trusted. `is_known`: signed by the district this ledger already sends to."""

    name: str
    fingerprint: str
    serial: int
    issued: datetime
    units: Sequence[UnitChoice]
    suggested: str  # the code of the unit with this ledger's name, "" where there is none
    is_known: bool


@dataclass(frozen=True)
class RegistrationView:
    """A township's registration before it is trusted."""

    org_code: str
    name: str
    fingerprint: str


# ---------------------------------------------------------------- the district's side


def own(ledger: Ledger) -> Own | None:
    """The district's keys, None before they are made."""
    from mhdesk.exchange import keys

    stored = ledger.get_setting(OWN_SETTING)
    if stored is None:
        return None
    lists = {name: [keys.from_text(one) for one in stored[name]] for name in ("working", "backup", "matching")}
    return Own(keys.from_text(stored["signing"]), **lists, serial=stored["serial"], made_on=stored["made_on"])


def need_own(ledger: Ledger) -> Own:
    """The district's keys. Raises UserError MH-KEYS-04 where there are none, MH-KEYS-03 in a township's ledger."""
    require_level(ledger, "district")
    found = own(ledger)
    if found is None:
        raise UserError("MH-KEYS-04")
    return found


def require_level(ledger: Ledger, level: str) -> None:
    """Raises UserError MH-KEYS-03 in the other kind of ledger."""
    if ledger.level != level:
        raise UserError("MH-KEYS-03")


def make(ledger: Ledger, backup_file: Path) -> Own:
    """New keys, or new ones in place of last year's. The backup key goes into a new file, and nowhere else.

    Old working keys still open what is on the way; the old matching key stays in use beside the new one for a year.
    Raises UserError MH-LEDGER-22 (administrators only), MH-KEYS-03, UsageError MH-USAGE-05 for a file that stands
    there already, OutputFailed.
    """
    import secrets

    from mhdesk.exchange import keys

    require_level(ledger, "district")
    _require_administrator(ledger)
    before = own(ledger)
    working, backup = keys.new_sealing_pair(), keys.new_sealing_pair()
    made = Own(
        signing=before.signing if before else keys.new_signing_pair().private,
        working=[working.private, *(before.working if before else ())][:KEPT_KEYS],
        backup=[backup.public, *(before.backup if before else ())][:KEPT_KEYS],
        matching=[secrets.token_bytes(keys.KEY_BYTES), *(before.matching if before else ())][:2],
        serial=before.serial if before else 0,
        made_on=ledger.now().astimezone().date().isoformat(),
    )
    with secret_file(backup_file) as write:
        if not write(keys.to_text(backup.private)):
            from mhdesk.domain.errors import OutputFailed

            raise OutputFailed("MH-FILE-51")
        with ledger.change("exchange.keys") as change:
            change.set_setting(OWN_SETTING, _own_json(made))
    return made


def read_backup_key(file: Path) -> tuple[str, bytes]:
    """The key from the safe: its kid and private half. Raises InputRefused MH-KEYS-01."""
    from mhdesk.exchange import keys
    from mhdesk.services.access import read_secret

    try:
        pair = keys.sealing_pair(keys.from_text(read_secret(file).strip()))
    except (ValueError, UserError) as error:
        raise InputRefused("MH-KEYS-01") from error
    return pair.kid, pair.private


def write_setup(ledger: Ledger, file: Path) -> Path:
    """The signed setup file (.mhs) for all townships: keys, matching keys, units, revocations.

    Each one carries a higher serial, so that an older one cannot bring a revoked key back. Raises as `need_own`,
    UserError MH-LEDGER-22, OutputFailed.
    """
    from mhdesk.exchange import keys, papers
    from mhdesk.files import sink

    _require_administrator(ledger)
    mine, terms = need_own(ledger), sending.terms(ledger)
    body = {
        "serial": mine.serial + 1,
        "issued": _now_text(ledger),
        "name": ledger.get(Unit, ledger.root_unit_id).name,
        "signing": keys.to_text(keys.signing_pair(mine.signing).public),
        "working": keys.to_text(keys.sealing_pair(mine.working[0]).public),
        "backup": keys.to_text(mine.backup[0]),
        "matching": {keys.kid(key): keys.to_text(key) for key in mine.matching},
        "first_weekday": terms.first_weekday,
        "due_days": terms.due_days["weekly"],
        "units": [{"code": code_of(unit), "name": unit.name} for unit in institutions(ledger)],
        "revoked": sorted(one.kid for one in ledger.find(Station) if one.revoked_on is not None),
    }
    sink.write_bytes(file, papers.write(papers.SETUP, body, [mine.signing]))
    with ledger.change("exchange.setup") as change:
        change.set_setting(OWN_SETTING, _own_json(dataclasses.replace(mine, serial=mine.serial + 1)))
    return file


def institutions(ledger: Ledger) -> list[Unit]:
    """The district's institutions in their order."""
    found = [one for one in ledger.find(Unit, level=UnitLevel.INSTITUTION) if one.valid_to is None]
    return sorted(found, key=lambda one: (one.sort_order, one.id or 0))


def code_of(unit: Unit) -> str:
    """What a unit is called in packages: its official code, else its number in the district's ledger."""
    return unit.code or f"{unit.id:04d}"


def look_registration(ledger: Ledger, file: Path) -> RegistrationView:
    """A township's registration, sound in itself. Raises UserError MH-KEYS-04, 10 another district's, InputRefused."""
    body = _registration(need_own(ledger), file)[0]
    from mhdesk.exchange import keys

    return RegistrationView(body["org_code"], body["name"], keys.fingerprint(keys.from_text(body["public"])))


def register(ledger: Ledger, file: Path, *, fingerprint: str) -> tuple[Station, Changes]:
    """Take packages from this township from now on, once the fingerprint was compared.

    Raises UserError: MH-LEDGER-22, MH-KEYS-04, 06 the fingerprint differs, 08 no such institution, 09 it has a key
    already (revoke that first), 10 the file is for another district, InputRefused MH-KEYS-01.
    """
    from mhdesk.exchange import keys

    _require_administrator(ledger)
    body, public = _registration(need_own(ledger), file)
    said = keys.fingerprint(public)
    if not keys.same_fingerprint(fingerprint, said):
        raise UserError("MH-KEYS-06")
    unit = next((one for one in institutions(ledger) if code_of(one) == body["org_code"]), None)
    if unit is None:
        raise UserError("MH-KEYS-08", name=body["name"])
    known = ledger.find(Station)
    if any(one.kid == keys.kid(public) or (one.org_code == body["org_code"] and not one.revoked_on) for one in known):
        raise UserError("MH-KEYS-09", name=unit.name)
    station = Station(
        unit_id=unit.id or 0,
        org_code=body["org_code"],
        public_key=keys.to_text(public),
        kid=keys.kid(public),
        fingerprint=said,
    )
    with ledger.change("exchange.register") as change:
        station_id = change.add(station)
    return ledger.get(Station, station_id), change.changes


def revoke(ledger: Ledger, org_code: str, *, reason: str) -> Changes:
    """Take no more packages from a township's key. Raises UserError MH-LEDGER-22, MH-KEYS-07 not registered, 11."""
    _require_administrator(ledger)
    if not reason.strip():
        raise UserError("MH-KEYS-11")
    found = [one for one in ledger.find(Station, org_code=org_code) if one.revoked_on is None]
    if not found:
        raise UserError("MH-KEYS-07", name=org_code)
    today = ledger.now().astimezone().date()
    with ledger.change("exchange.revoke", reason=reason) as change:
        for one in found:
            change.replace(dataclasses.replace(one, revoked_on=today, revoke_reason=reason.strip()))
    return change.changes


def _registration(mine: Own, file: Path) -> tuple[Mapping[str, Any], bytes]:
    from mhdesk.exchange import keys, papers

    paper = papers.read(papers.REGISTRATION, read_small(file))
    public = keys.from_text(paper.body["public"])
    if not paper.is_signed_by(public):
        raise InputRefused("MH-KEYS-01")
    if paper.body["district"] != mine.kid:
        raise UserError("MH-KEYS-10")
    return paper.body, public


def _own_json(mine: Own) -> dict[str, Any]:
    from mhdesk.exchange import keys

    lists = {name: [keys.to_text(one) for one in getattr(mine, name)] for name in ("working", "backup", "matching")}
    return {"signing": keys.to_text(mine.signing), **lists, "serial": mine.serial, "made_on": mine.made_on}


# ---------------------------------------------------------------- the township's side


def joined(ledger: Ledger) -> Joined | None:
    """The district this township sends to, None before a setup file was taken."""
    from mhdesk.exchange import keys

    stored = ledger.get_setting(JOINED_SETTING)
    if stored is None:
        return None
    return Joined(stored["setup"], keys.from_text(stored["station"]), stored["org_code"])


def need_joined(ledger: Ledger) -> Joined:
    """The same. Raises UserError MH-KEYS-05 before a setup file was taken, MH-KEYS-03 in a district's ledger."""
    require_level(ledger, "township")
    found = joined(ledger)
    if found is None:
        raise UserError("MH-KEYS-05")
    return found


def look_setup(ledger: Ledger, file: Path) -> SetupView:
    """A setup file, sound in itself; nothing is stored. Raises InputRefused MH-KEYS-01, 02."""
    from mhdesk.exchange import keys

    body = _setup(file)
    known = joined(ledger)
    units = [UnitChoice(one["code"], one["name"]) for one in body["units"]]
    name = ledger.get(Unit, ledger.root_unit_id).name
    signing = keys.from_text(body["signing"])
    return SetupView(
        name=body["name"],
        fingerprint=keys.fingerprint(signing),
        serial=body["serial"],
        issued=datetime.fromisoformat(body["issued"]),
        units=units,
        suggested=known.org_code if known else next((one.code for one in units if one.name == name), ""),
        is_known=known is not None and known.signing == signing,
    )


def join(ledger: Ledger, file: Path, *, fingerprint: str = "", org_code: str | None = None) -> Joined:
    """Trust a district's setup file. A later file of the same district needs no fingerprint: its signature says it.

    `org_code`: which of its institutions this ledger is, by default the one of the same name. Raises UserError:
    MH-LEDGER-22, MH-KEYS-03, 06 the fingerprint differs, 08 none of its institutions, 12 older than the one in use;
    InputRefused MH-KEYS-01, 02.
    """
    from mhdesk.exchange import keys

    require_level(ledger, "township")
    _require_administrator(ledger)
    view, body, before = look_setup(ledger, file), _setup(file), joined(ledger)
    if not view.is_known and not keys.same_fingerprint(fingerprint, view.fingerprint):
        raise UserError("MH-KEYS-06")
    if view.is_known and before is not None and view.serial < before.setup["serial"]:
        raise UserError("MH-KEYS-12")
    code = org_code or view.suggested
    if code not in {one.code for one in view.units}:
        raise UserError("MH-KEYS-08", name=code or ledger.get(Unit, ledger.root_unit_id).name)
    revoked = before is not None and keys.signing_pair(before.station).kid in body["revoked"]
    keep = before is not None and view.is_known and not revoked and before.org_code == code
    station = before.station if keep and before is not None else keys.new_signing_pair().private
    with ledger.change("exchange.join") as change:
        document = {"setup": dict(body), "station": keys.to_text(station), "org_code": code}
        change.set_setting(JOINED_SETTING, document)
        # the district's week is everybody's week: a package of other days would be refused
        days = {**sending.of(change.connection).due_days, "weekly": body["due_days"]}
        change.set_setting(sending.FIRST_WEEKDAY_SETTING, body["first_weekday"])
        change.set_setting(sending.DUE_DAYS_SETTING, days)
    return need_joined(ledger)


def write_registration(ledger: Ledger, file: Path) -> Path:
    """The township's public key for the district (.mhg). Raises as `need_joined`, OutputFailed."""
    from mhdesk.exchange import keys, papers
    from mhdesk.files import sink

    mine = need_joined(ledger)
    body = {
        "org_code": mine.org_code,
        "name": ledger.get(Unit, ledger.root_unit_id).name,
        "public": keys.to_text(keys.signing_pair(mine.station).public),
        "district": keys.kid(mine.signing),
        "issued": _now_text(ledger),
    }
    sink.write_bytes(file, papers.write(papers.REGISTRATION, body, [mine.station]))
    with ledger.change("exchange.registration") as change:
        change.touch("exchange")
    return file


def _setup(file: Path) -> Mapping[str, Any]:
    from mhdesk.exchange import keys, papers

    paper = papers.read(papers.SETUP, read_small(file))
    if not paper.is_signed_by(keys.from_text(paper.body["signing"])):
        raise InputRefused("MH-KEYS-01")
    return paper.body


# ---------------------------------------------------------------- both


def read_small(file: Path) -> bytes:
    """The bytes of a paper. Raises InputRefused MH-KEYS-01 for what is no plain, small file."""
    from mhdesk.exchange.papers import MOST_BYTES

    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            raise InputRefused("MH-KEYS-01")
        return file.read_bytes()
    except OSError as error:
        raise InputRefused("MH-KEYS-01") from error


def _require_administrator(ledger: Ledger) -> None:
    if ledger.role not in _ADMINISTRATORS:
        raise UserError("MH-LEDGER-22")


def _now_text(ledger: Ledger) -> str:
    return ledger.now().astimezone(UTC).isoformat(timespec="seconds")
