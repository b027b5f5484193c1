"""Who is who: everybody the ledger knows and everybody this file adds, and how a row finds its person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.queries.imports import MovementKeys, PersonKeys
from db.queries.lives import VisitSpan
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import MovementKind
from mhdesk.rules.life import Move
from mhdesk.services.imports.result import conflict, rejected


@dataclass(eq=False, slots=True)
class Known:
    """A person of the ledger, or one this import is about to add (`id` None until then)."""

    id: int | None
    name: str
    id_number: str | None = None
    birth_date: str | None = None
    guardian_phone: str | None = None
    record_number: str | None = None
    registered_on: date | None = None
    movements: list[MovementKeys] = field(default_factory=list)
    #: Row of this file that was taken for this person, and what it said.
    row: int = 0
    row_values: Mapping[str, Any] | None = None
    last_visit: date | None = None
    first_visit: date | None = None

    @property
    def died_on(self) -> date | None:
        """死亡日期."""
        return next(
            (date.fromisoformat(one.happened_on) for one in self.movements if one.kind == MovementKind.DIED), None
        )

    def out_before(self, day: date) -> date | None:
        """The day the person moved out, when still away on `day`."""
        away: date | None = None
        for one in self.movements:
            moved = date.fromisoformat(one.happened_on)
            if moved < day and one.kind == MovementKind.MOVED_OUT:
                away = moved
            elif moved <= day and one.kind == MovementKind.MOVED_IN:
                away = None
        return away

    def moves(self) -> list[Move]:
        """The movements known, in order."""
        return [Move(one.kind, date.fromisoformat(one.happened_on)) for one in self.movements]

    def add_movement(self, kind: str, day: date) -> None:
        """Remember a movement this import adds."""
        self.movements.append(MovementKeys(0, self.id or 0, str(kind), day.isoformat(), None))
        self.movements.sort(key=lambda one: one.happened_on)


class Register:
    """Everybody, by what a row can name them."""

    def __init__(
        self,
        people: Iterable[PersonKeys],
        movements: Iterable[MovementKeys],
        spans: Callable[[], Mapping[int, VisitSpan]] = dict,
    ) -> None:
        """From the ledger, as `db.queries.imports` reads it; `spans` is asked only where a row tells of a movement."""
        self._spans: Callable[[], Mapping[int, VisitSpan]] | None = spans
        self._by_number: dict[str, Known] = {}
        self._by_name: defaultdict[str, list[Known]] = defaultdict(list)
        self.by_id: dict[int, Known] = {}
        for keys in people:
            known = Known(
                keys.id,
                keys.name,
                keys.id_number,
                keys.birth_date,
                keys.guardian_phone,
                keys.record_number,
                _day(keys.registered_on),
            )
            self.by_id[keys.id] = known
            self._index(known)
        for movement in movements:
            if movement.patient_id in self.by_id:
                self.by_id[movement.patient_id].movements.append(movement)

    def add(self, known: Known) -> None:
        """Somebody this file brings."""
        self._index(known)

    def know_visits(self) -> None:
        """Put first and last visits beside everybody, once."""
        if self._spans is not None:
            spans, self._spans = self._spans(), None
            for patient_id, span in spans.items():
                if known := self.by_id.get(patient_id):
                    known.first_visit = min(known.first_visit or span.first, span.first)
                    known.last_visit = max(known.last_visit or span.last, span.last)

    def renumber(self, known: Known, number: str) -> None:
        """A number the ledger did not have yet."""
        known.id_number = number
        self._by_number[number] = known

    def _index(self, known: Known) -> None:
        if known.id_number:
            self._by_number[known.id_number] = known
        self._by_name[known.name].append(known)

    def find(self, values: Mapping[str, Any]) -> Known | None:
        """The person of a register row, None for somebody new.

        By ID number; else by name and birth date; else by name and the guardian's phone or the record number. Raises
        Refusal when the row contradicts the ledger, fits several people, or says too little to tell.
        """
        name, number = values["name"], values.get("id_number")
        if number and (known := self._by_number.get(number)):
            if known.name != name:
                raise conflict("MH-IMPORT-23", "name")
            return known
        namesakes = self._by_name.get(name, ())
        if number:
            namesakes = [known for known in namesakes if not known.id_number]
        for key in ("birth_date", "record_number", "guardian_phone"):
            value = values.get(key)
            if value is None or not namesakes:
                continue
            text = value.iso() if isinstance(value, PartialDate) else value
            fitting = [known for known in namesakes if getattr(known, key) == text]
            if len(fitting) > 1:
                raise conflict("MH-IMPORT-24")
            if fitting:
                return fitting[0]
        if not number and not any(values.get(key) for key in ("birth_date", "guardian_phone", "record_number")):
            raise rejected("MH-IMPORT-25")
        return None

    def find_visited(self, number: str | None, name: str | None, record_number: str | None) -> Known:
        """The person of a follow-up row: by ID number, else by name and record number. Raises Refusal."""
        if number:
            known = self._by_number.get(number)
            if known is None:
                raise rejected("MH-IMPORT-40", "patient_id_number")
            if name and known.name != name:
                raise conflict("MH-IMPORT-23", "patient_name")
            return known
        if not name:
            raise rejected("MH-IMPORT-21", "patient_name")
        if not record_number:
            raise rejected("MH-IMPORT-41", "patient_id_number")
        fitting = [known for known in self._by_name.get(name, ()) if known.record_number == record_number]
        if not fitting:
            raise rejected("MH-IMPORT-40", "patient_name")
        if len(fitting) > 1:
            raise conflict("MH-IMPORT-24", "patient_name")
        return fitting[0]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def differing(
    wanted: Mapping[str, Any], names: Sequence[str], stored: Sequence[Any], columns: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of `wanted` whose stored column says something else. A date known less exactly changes nothing."""
    changed = {}
    held = dict(zip(names, stored, strict=True))
    for name, value in wanted.items():
        before = held[name]
        if before == columns[name]:
            continue
        if isinstance(value, PartialDate) and before is not None and before.startswith(value.iso()):
            continue
        changed[name] = value
    return changed
