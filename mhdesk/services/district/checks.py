"""What the district checks before it takes a package, in a fixed order; each refusal has its own code.

A check asks the package, the day and what is held already; which of two packages came first must not matter, so a gap
is noted and may be filled later, as long as both neighbours fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk.domain.errors import InputRefused
from mhdesk.domain.exchange import Level, Station

if TYPE_CHECKING:
    from mhdesk.exchange.envelope import Content
    from mhdesk.exchange.manifest import Manifest

#: How long a package may be on its way. [assumption] Also how far back a week may lie: a doctor who was away for two
#: weeks can still hand them in; what closes a week is the district's own frozen report.
STALE_DAYS = 21
_CLOCK_HOURS = 26  # time zones and wrong clocks; later than this is the future
JUMP = 0.30
_JUMP_LEAST = 10  # people: below this a jump is chance
_COMPARED = ("registered", "managed", "visits_overdue")
_WEEK_DAYS = 7


class Note(NamedTuple):
    """Something worth looking at that does not stop a package."""

    code: str
    params: Mapping[str, str] = {}


class Held(NamedTuple):
    """A package the district has taken, without its rows."""

    package_id: str
    station_id: int
    org_code: str
    kind: str
    start: str
    level: str
    epoch: int
    seq: int
    revision: int
    file_hash: str
    previous: str | None
    audit_seq: int
    audit_head: str
    previous_audit_head: str
    created: str  # ISO instant
    is_frozen: bool  # made from a frozen report
    rules_id: str

    @property
    def made_on(self) -> date:
        """The day the township made it."""
        return datetime.fromisoformat(self.created).astimezone().date()


@dataclass(frozen=True)
class Opened:
    """A package after checks 1 to 4."""

    name: str  # of the file
    file_hash: str
    content: Content
    manifest: Manifest


@dataclass(frozen=True)
class Desk:
    """What checks ask besides the package. `closed`: first days of weeks whose report is frozen."""

    district: str
    stations: Mapping[str, Station]  # by kid, revoked ones too
    now: datetime
    today: date
    first_weekday: int
    closed: AbstractSet[str]
    confirmed: AbstractSet[str]  # orgs whose new epoch was confirmed


def open_package(name: str, data: bytes, openers: Mapping[str, bytes]) -> Opened:
    """Checks 1 to 4. Raises InputRefused MH-PACK-01 to 06."""
    from mhdesk.exchange import envelope, manifest

    content = envelope.unseal(data, openers)
    return Opened(name, hashlib.sha256(data).hexdigest(), content, manifest.read(content.manifest))


def sender(opened: Opened, desk: Desk) -> Station:
    """Checks 5 and 6. Raises InputRefused: MH-PACK-04 for another district, 07 unknown, 08 revoked, 09, 10."""
    from mhdesk.exchange import keys

    said = opened.manifest
    if said.district != desk.district:
        raise InputRefused("MH-PACK-04", kid=said.district)
    station = desk.stations.get(said.station)
    if station is None:
        raise InputRefused("MH-PACK-07", org=said.org_code)
    if station.revoked_on is not None:
        raise InputRefused("MH-PACK-08", org=said.org_code, day=station.revoked_on.isoformat())
    if station.org_code != said.org_code:
        raise InputRefused("MH-PACK-09", org=said.org_code)
    if not opened.content.is_signed_by(keys.from_text(station.public_key)):
        raise InputRefused("MH-PACK-10")
    return station


def is_repeated(opened: Opened, held: Sequence[Held]) -> bool:
    """Check 7: whether it was taken before. Raises InputRefused MH-PACK-12 for the same number with other content."""
    for one in held:
        if one.package_id == opened.manifest.package_id:
            if one.file_hash == opened.file_hash:
                return True
            raise InputRefused("MH-PACK-12")
    return False


def order(opened: Opened, station: Station, held: Sequence[Held], desk: Desk) -> list[Note]:
    """Check 8: epoch, number and chain. Raises InputRefused MH-PACK-13 to 16."""
    said = opened.manifest
    mine = [one for one in held if one.station_id == station.id]
    epochs = [one.epoch for one in mine]
    if epochs and said.epoch < max(epochs):
        raise InputRefused("MH-PACK-13")
    if epochs and said.epoch > max(epochs) and said.org_code not in desk.confirmed:
        raise InputRefused("MH-PACK-14")
    chain = {one.seq: one for one in mine if one.epoch == said.epoch}
    if said.seq in chain:
        raise InputRefused("MH-PACK-15", seq=said.seq)
    before, after = chain.get(said.seq - 1), chain.get(said.seq + 1)
    if before is not None and said.previous != before.file_hash:
        raise InputRefused("MH-PACK-16")
    if after is not None and after.previous != opened.file_hash:
        raise InputRefused("MH-PACK-16")
    lower = [seq for seq in chain if seq < said.seq]
    first = max(lower, default=0 if not epochs else said.seq - 1)
    if missing := range(first + 1, said.seq):
        return [Note("MH-PACK-24", {"first": str(missing[0]), "last": str(missing[-1])})]
    return []


def week(opened: Opened, held: Sequence[Held], desk: Desk) -> None:
    """Check 9, of weekly packages. Raises InputRefused MH-PACK-17 to 20."""
    said = opened.manifest
    is_week = (said.end - said.start).days == _WEEK_DAYS and said.start.weekday() == desk.first_weekday
    if not is_week or said.start > desk.today:
        raise InputRefused("MH-PACK-17", start=said.start.isoformat(), end=said.end.isoformat())
    if said.start.isoformat() in desk.closed:
        raise InputRefused("MH-PACK-18", start=said.start.isoformat())
    if said.end < desk.today - timedelta(days=STALE_DAYS):
        raise InputRefused("MH-PACK-19", start=said.start.isoformat(), days=STALE_DAYS)
    mine = desk.stations[said.station]
    for one in held:
        if (one.org_code, one.kind, one.start) != (said.org_code, said.kind, said.start.isoformat()):
            continue
        is_earlier = one.station_id != mine.id or (one.epoch, one.seq) < (said.epoch, said.seq)
        higher, lower = (said.revision, one.revision) if is_earlier else (one.revision, said.revision)
        if higher <= lower or (is_earlier and said.reason is None):
            raise InputRefused("MH-PACK-20", revision=one.revision)


def clock(opened: Opened, desk: Desk) -> list[Note]:
    """Check 10. Raises InputRefused MH-PACK-21."""
    created = opened.manifest.created
    is_old = created < desk.now - timedelta(days=STALE_DAYS)
    if is_old or created > desk.now + timedelta(hours=_CLOCK_HOURS):
        raise InputRefused("MH-PACK-21", day=created.astimezone().date().isoformat(), days=STALE_DAYS)
    return [Note("MH-PACK-26")] if opened.manifest.clock_suspect else []


def rows(opened: Opened) -> Sequence[Mapping[str, Any]]:
    """Checks 11 and 12. Raises InputRefused MH-PACK-02, 05, 22, 23."""
    from mhdesk.exchange import body, manifest

    said = opened.manifest
    if hashlib.sha256(opened.content.body).hexdigest() != said.body:
        raise InputRefused("MH-PACK-05")
    found = body.unpack(opened.content.body)
    counts = body.counts(found)
    wanted = {"named"} if said.kind == manifest.NAMED else {"values", "balance"}
    if said.level == Level.PSEUDONYMOUS:
        wanted |= {"person"}
    is_level = (said.level == Level.NAMED) == (said.kind == manifest.NAMED)
    is_sound = is_level and counts.keys() <= wanted and all(counts.get(one, 0) == 1 for one in wanted - _MANY)
    if counts != dict(said.counts) or not is_sound:
        raise InputRefused("MH-PACK-23")
    most = 2 * max((len(row["indicators"]) for row in found if row["kind"] == "values"), default=0)
    for number, row in enumerate(found, start=1):
        if row["kind"] == "person" and any(place >= most for place in row["places"]):
            raise InputRefused("MH-PACK-22", row=number)
    return found


_MANY = {"person", "named"}


def flags(found: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] | None) -> list[Note]:
    """Checks 13 and 14: what does not add up, what jumps, who stands there twice. Notes only; nothing is changed."""
    notes = []
    balance = next((row for row in found if row["kind"] == "balance"), None)
    if balance is not None and not _adds_up(balance):
        notes.append(Note("MH-PACK-27"))
    values = _values(found)
    numbers = {key: one["numerator"] for key, one in values.items()}
    on, among = numbers.get("registered"), numbers.get("managed")
    if balance is not None and on is not None and on != balance["closing"]:
        notes.append(Note("MH-PACK-27"))
    if on is not None and among is not None and among > on:
        notes.append(Note("MH-PACK-28"))
    if before is not None:
        notes += _jumps(values, _values(before), balance, before)
    seen: set[tuple[str, str]] = set()
    twice = 0
    for row in found:
        for pair in row.get("tokens", {}).items():
            twice += pair in seen
            seen.add(pair)
    if twice:
        notes.append(Note("MH-PACK-29", {"count": str(twice)}))
    return _once(notes)


def _once(notes: Sequence[Note]) -> list[Note]:
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Note] = {}
    for one in notes:
        found.setdefault((one.code, tuple(one.params.items())), one)
    return list(found.values())


def _jumps(
    values: Mapping[str, Any],
    before: Mapping[str, Any],
    balance: Mapping[str, Any] | None,
    earlier: Sequence[Mapping[str, Any]],
) -> list[Note]:
    notes = []
    for key in _COMPARED:
        now, then = (one.get(key, {}).get("numerator") for one in (values, before))
        if now is None or then is None or max(now, then) < _JUMP_LEAST:
            continue
        if abs(now - then) > JUMP * then:
            notes.append(Note("MH-PACK-25", {"indicator": key, "before": f"{then:g}", "after": f"{now:g}"}))
    closing = next((row["closing"] for row in earlier if row["kind"] == "balance"), None)
    if balance is not None and closing is not None and closing != balance["opening"]:
        notes.append(Note("MH-PACK-38", {"before": str(closing), "after": str(balance["opening"])}))
    return notes


def _values(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = next((row["values"] for row in found if row["kind"] == "values"), {})
    return values


def _adds_up(balance: Mapping[str, Any]) -> bool:
    arrived = balance["new"] + balance["moved_in"] - balance["died"] - balance["moved_out"]
    return bool(balance["opening"] + arrived == balance["closing"])


def audit(opened: Opened, station: Station, held: Sequence[Held]) -> None:
    """Check 15: the township's audit chain goes on where it was. Raises InputRefused MH-PACK-31."""
    said = opened.manifest
    chain = {one.seq: one for one in held if one.station_id == station.id and one.epoch == said.epoch}
    before, after = chain.get(said.seq - 1), chain.get(said.seq + 1)
    is_kept = before is None or (said.previous_audit_seq, said.previous_audit_head) == (
        before.audit_seq,
        before.audit_head,
    )
    follows = after is None or after.previous_audit_head == said.audit_head
    grows = all((one.audit_seq < said.audit_seq) == (seq < said.seq) for seq, one in chain.items())
    if not (is_kept and follows and grows):
        raise InputRefused("MH-PACK-39")
