"""Random histories of a real ledger: people come, are visited, corrected, voided, merged, moved, renamed, undone."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.merge import PersonMerge
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.unit import Unit
from mhdesk.services import follow_ups, merge, patients, recycle, undo
from tests.services.people import person, sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.ledger import Ledger

#: One event: what, to whom, a number of days back, a figure of its own.
Event = tuple[str, int, int, int]
KINDS = ("enter", "visit", "edit", "edit_visit", "move", "void", "void_visit", "merge", "unmerge", "undo", "restore",
         "rename", "resettle")  # fmt: skip
events = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(0, 300), st.integers(0, 9)),
    min_size=4,
    max_size=18,
)


class Story:
    """Plays events on a ledger; what the ledger refuses did not happen."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self.ledger, self.today, self._serial = ledger, today, 0
        with ledger.change("unit.add") as change:
            self.units = [
                change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id))
                for name in ("石坝村", "龙兴村")
            ]

    def play(self, chosen: list[Event]) -> None:
        """One after the other."""
        for kind, who, back, figure in chosen:
            act: Callable[[int, date, int], None] = getattr(self, kind)
            with contextlib.suppress(UserError):
                act(who, self.today - timedelta(days=back), figure)

    def enter(self, _who: int, on: date, figure: int) -> None:
        """A new file, of somebody who came on a day, with a visit or none."""
        self._serial += 1
        fresh = person(
            f"甲{self._serial}",
            10 + self._serial,
            unit_id=self.units[figure % 2],
            registered_on=None if figure == 0 else on,
            registered_as=None if figure == 0 else ("moved_in" if figure > 7 else "new"),
            consent="0" if figure % 3 == 0 else "1",
        )
        with self.ledger.change("patient.save") as change:
            patient_id = change.add(fresh)
            if figure % 2:
                change.add(sheet(patient_id, on, adherence=str(figure % 4 + 1)))

    def visit(self, who: int, on: date, figure: int) -> None:
        """A visit, perhaps long ago (补录)."""
        drugs = (DrugLine(drug_name=f"药{figure}", long_acting="2" if figure > 7 else None),)
        with self.ledger.change("follow_up.record") as change:
            change.add(sheet(self._live(who), on, visit_class=str(figure % 3 + 1), adherence=str(figure % 4 + 1),
                             visit_form=str(figure % 3 + 1), drugs=drugs))  # fmt: skip

    def edit(self, who: int, on: date, figure: int) -> None:
        """Something else stands in a file."""
        stored = self.ledger.get(Patient, self._live(who))
        changes: list[dict[str, Any]] = [
            {"name": f"乙{figure}"}, {"consent": str(figure % 2)}, {"registered_on": on},
            {"doctor_name": f"医{figure}"}, {"diagnosis": str(figure % 6 + 1)}, {"colour": "red"},
        ]  # fmt: skip
        with self.ledger.change("patient.save") as change:
            change.replace(dataclasses.replace(stored, **changes[figure % 6]))

    def edit_visit(self, who: int, on: date, figure: int) -> None:
        """A sheet is corrected: another day, another answer, other drugs."""
        stored = self._sheet(who)
        changes: list[dict[str, Any]] = [
            {"visit_date": on},
            {"adherence": str(figure % 4 + 1)},
            {"drugs": (DrugLine(drug_name="改"),)},
        ]
        with self.ledger.change("follow_up.save") as change:
            change.replace(dataclasses.replace(stored, **changes[figure % 3]))

    def move(self, who: int, on: date, figure: int) -> None:
        """Death, moving out, moving in; often entered late."""
        kind = ("moved_out", "moved_in", "died")[figure % 3]
        with self.ledger.change("movement.record") as change:
            change.add(Movement(patient_id=self._live(who), kind=kind, happened_on=on))

    def void(self, who: int, _on: date, _figure: int) -> None:
        """A file was wrong."""
        patients.void(self.ledger, self._live(who), reason="重复")

    def void_visit(self, who: int, _on: date, _figure: int) -> None:
        """A sheet was wrong."""
        follow_ups.void(self.ledger, self._sheet(who).id or 0, reason="录错")

    def merge(self, who: int, _on: date, figure: int) -> None:
        """Two files were one person."""
        merge.merge(self.ledger, kept_id=self._live(who), merged_id=self._live(who + figure), take=["name"])

    def unmerge(self, who: int, _on: date, _figure: int) -> None:
        """They were not."""
        standing = [one for one in self.ledger.find(PersonMerge) if one.undone_at is None]
        if standing:
            merge.undo(self.ledger, standing[who % len(standing)].id or 0)

    def undo(self, _who: int, _on: date, _figure: int) -> None:
        """The last thing done is taken back."""
        last = undo.last(self.ledger)
        if last is not None and last.action != "unit.add":
            undo.undo(self.ledger, last.seq)

    def restore(self, who: int, _on: date, _figure: int) -> None:
        """Something comes back from the bin."""
        bin_ = recycle.listed(self.ledger)
        if bin_:
            recycle.restore(self.ledger, [(bin_[who % len(bin_)].kind, bin_[who % len(bin_)].id)])

    def rename(self, who: int, _on: date, figure: int) -> None:
        """A village gets another name."""
        stored = self.ledger.get(Unit, self.units[who % 2])
        with self.ledger.change("unit.rename") as change:
            change.replace(dataclasses.replace(stored, name=f"新{who}村{figure}"))

    def resettle(self, who: int, _on: date, figure: int) -> None:
        """Somebody belongs to another village."""
        stored = self.ledger.get(Patient, self._live(who))
        with self.ledger.change("patient.save") as change:
            change.replace(dataclasses.replace(stored, unit_id=self.units[figure % 2]))

    def _live(self, who: int) -> int:
        found = self.ledger.find(Patient)
        if not found:
            raise UserError("MH-LEDGER-24")
        return found[who % len(found)].id or 0

    def _sheet(self, who: int) -> FollowUp:
        found = self.ledger.find(FollowUp)
        if not found:
            raise UserError("MH-LEDGER-24")
        return found[who % len(found)]
