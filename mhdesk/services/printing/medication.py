"""Monthly registers of medication: 发药登记表 and 长效针剂登记表, filled for a month or empty, to write on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from db.queries.medication import PersonRow
from mhdesk.domain.codes import code_list
from mhdesk.domain.dates import add_months
from mhdesk.domain.errors import UserError
from mhdesk.domain.medication import FREE, Dispensing, Injection
from mhdesk.reports.paper import lists
from mhdesk.reports.paper.lists import Entry
from mhdesk.services.medication import registers
from mhdesk.services.medication.registers import DispensingLine, InjectionLine
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

SIGNED_ROW_MM = 9.0  # somebody signs in it
BLANK_ROWS = 15  # fill one page
MOST_BLANK_ROWS = 500
_MOST_TOTALS = 12  # drugs named in the sums; the others are counted


class Month(NamedTuple):
    """The month of a register."""

    year: int
    month: int

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The first day of the next one."""
        return add_months(self.start, 1)

    @property
    def words(self) -> str:
        """2026年11月."""
        return text("paper.medication.month", year=self.year, month=self.month)

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)


def dispensing_register(
    ledger: Ledger,
    month: Month,
    *,
    today: date,
    village: str | None = None,
    drug: str | None = None,
    blank_rows: int = 0,
) -> Document:
    """发药登记表 of a month: all villages or one, all drugs or one (as written or its generic name).

    With `blank_rows` it is empty, with so many lines. Raises UserError MH-PAPER-10 where nothing was dispensed,
    UsageError MH-REPORT-03 for an unknown village.
    """
    if blank_rows:
        return _blank(ledger, "dispensing", month, blank_rows)
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        wanted = None if village is None else places.by_name(village)
    found = registers.dispensing(ledger, month=month.start)
    kept = [one for one in found if _is_wanted(one.record, one.person, wanted, drug, places)]
    entries = [_dispensed(serial, one, places) for serial, one in enumerate(kept, 1)]
    records = [one.record for one in kept]
    sums = _sums([(one.drug_name, one.specification, one.quantity, one.unit) for one in records])
    people = len({one.person.id for one in kept})
    return _register(
        ledger, "dispensing", month, entries, sums, people=people, unit=village or places.own(), today=today
    )


def injection_register(
    ledger: Ledger,
    month: Month,
    *,
    today: date,
    village: str | None = None,
    drug: str | None = None,
    blank_rows: int = 0,
) -> Document:
    """长效针剂登记表 of a month, or an empty one; else as `dispensing_register`."""
    if blank_rows:
        return _blank(ledger, "injections", month, blank_rows)
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        wanted = None if village is None else places.by_name(village)
    found = registers.injected(ledger, month=month.start)
    kept = [one for one in found if _is_wanted(one.record, one.person, wanted, drug, places)]
    entries = [_injected(serial, one, places) for serial, one in enumerate(kept, 1)]
    ampoule = text("paper.medication.ampoule")
    sums = _sums([(one.record.drug_name, None, one.record.quantity, ampoule) for one in kept])
    people = len({one.person.id for one in kept})
    return _register(
        ledger, "injections", month, entries, sums, people=people, unit=village or places.own(), today=today
    )


def _is_wanted(
    one: Dispensing | Injection, who: PersonRow, wanted: int | None, drug: str | None, places: gather.Places
) -> bool:
    if drug is not None and drug not in (one.drug_name, one.drug_key):
        return False
    unit = places.units.get(who.unit_id or 0)
    return wanted is None or wanted in (who.unit_id, unit.parent_id if unit is not None else None)


def _dispensed(serial: int, line: DispensingLine, places: gather.Places) -> Entry:
    one, who = line.record, line.person
    until = one.dispensed_on + timedelta(days=line.days - 1) if line.days else None
    return Entry(
        {
            "serial": str(serial),
            "dispensed_on": one.dispensed_on.isoformat(),
            "name": who.name,
            "village": places.village(who.unit_id) or places.institution(who.unit_id),
            "phone": who.guardian_phone or who.phone or "",
            "drug": one.drug_name,
            "specification": one.specification or "",
            "quantity": _amount(one.quantity, one.unit),
            "days": str(line.days or ""),
            "until": until.isoformat() if until else "",
            "batch": one.batch or "",
            "is_free": text("paper.medication.free") if one.is_free == FREE else "",
            "receiver": one.receiver or "",
            "relation": one.receiver_relation or "",
            "staff_name": one.staff_name or "",
        }
    )


def _injected(serial: int, line: InjectionLine, places: gather.Places) -> Entry:
    one, who, due = line.record, line.person, line.next_due_on
    said = {"1": "none", FREE: "some"}.get(one.reaction or "")
    reaction = one.reaction_detail or (text(f"paper.medication.reaction_{said}") if said else "")
    return Entry(
        {
            "serial": str(serial),
            "injected_on": one.injected_on.isoformat(),
            "name": who.name,
            "village": places.village(who.unit_id) or places.institution(who.unit_id),
            "phone": who.guardian_phone or who.phone or "",
            "drug": one.drug_name,
            "dose": _amount(one.dose, one.dose_unit or "mg"),
            "site": code_list("injection_site").label(one.site) if one.site else "",
            "batch": one.batch or "",
            "reaction": reaction,
            "interval": text("paper.medication.every", days=one.interval_days) if one.interval_days else "",
            "next_due": due.isoformat() if due else "",
            "staff_name": one.staff_name or "",
            "note": one.note or "",
        }
    )


def _amount(value: float | None, unit: str | None) -> str:
    return "" if value is None else f"{value:g}{unit or ''}"


def _sums(found: Sequence[tuple[str, str | None, float | None, str | None]]) -> str:
    """What the month's lines add up to, by drug, strength and unit: 片 and 支 are never added together."""
    amounts: dict[tuple[str, str, str], float] = defaultdict(float)
    times: dict[tuple[str, str, str], int] = defaultdict(int)
    for name, specification, quantity, unit in found:
        key = (name, specification or "", unit or "")
        amounts[key] += quantity or 0.0
        times[key] += 1
    parts = [
        text("paper.medication.sum", drug=f"{name}{size}", amount=_amount(amounts[name, size, unit], unit), times=count)
        for (name, size, unit), count in sorted(times.items())
    ]
    if len(parts) > _MOST_TOTALS:
        more = text("paper.medication.more_sums", count=len(parts) - _MOST_TOTALS)
        parts = [*parts[:_MOST_TOTALS], more]
    return "；".join(parts)


def _register(
    ledger: Ledger,
    name: str,
    month: Month,
    entries: Sequence[Entry],
    sums: str,
    *,
    people: int,
    unit: str,
    today: date,
) -> Document:
    if not entries:
        raise UserError("MH-PAPER-10", month=month.words)
    form = lists.form(
        name,
        text("paper.medication.title", title=text(f"paper.titles.{name}"), month=month.words),
        entries,
        left=text("paper.list.unit", unit=unit),
        right=text("paper.medication.counted", people=people, times=len(entries), day=today.isoformat()),
        foot="\n".join((text("paper.medication.sums", sums=sums), "", text("paper.medication.foot"))),
        row_mm=SIGNED_ROW_MM,
    )
    return noted(ledger, name, [form], people=people)


def _blank(ledger: Ledger, name: str, month: Month, rows: int) -> Document:
    """Lines to be filled by hand; no name stands on them."""
    with ledger.read() as connection:
        own = gather.Places(ledger, connection).own()
    form = lists.form(
        name,
        text("paper.medication.title", title=text(f"paper.titles.{name}"), month=month.words),
        list(_empty(min(rows, MOST_BLANK_ROWS))),
        left=text("paper.list.unit", unit=own),
        right="",
        foot=text("paper.medication.foot"),
        row_mm=SIGNED_ROW_MM,
    )
    return noted(ledger, f"{name}_blank", [form], people=0)


def _empty(rows: int) -> Iterator[Entry]:
    for serial in range(1, rows + 1):
        yield Entry({"serial": str(serial)})
