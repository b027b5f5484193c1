"""Rows of the plan of 转岗培训 against ours: a quota by year and unit, somebody sent by name (and phone) and year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain import names
from mhdesk.domain.staff import StaffMember
from mhdesk.domain.training import Retrainee, RetrainingQuota, RetrainingStage
from mhdesk.domain.unit import Unit
from mhdesk.services.imports.result import Outcome, conflict, rejected
from mhdesk.services.imports.work_training import code_of
from mhdesk.services.retraining import is_quota
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger


class RetrainingBook:
    """The plan while a file is read."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self._today = today
        live = {unit.id for unit in ledger.find(Unit)}
        self._units: dict[str, list[int]] = {}
        for unit in sorted(ledger.find(Unit, include_voided=True), key=lambda one: one.id not in live):
            self._units.setdefault(unit.name, []).append(unit.id or 0)
        self._live_units = live
        self._staff = ledger.find(StaffMember, include_voided=True)
        self._live_staff = {one.id for one in ledger.find(StaffMember)}
        self._quotas = {(one.year, one.unit_id): one for one in ledger.find(RetrainingQuota)}
        self._people = ledger.find(Retrainee)
        self._stored = {(type(one), one.id): one for one in (*self._quotas.values(), *self._people)}

    def take(self, values: Mapping[str, Any]) -> Outcome:
        """One row: somebody sent, or a quota. Raises Refusal."""
        year = values["year"]
        if not is_quota(year, 0):
            raise rejected("MH-STAFF-21", "year", label=text("training.field.year"), text=year)
        return self._trainee(year, values) if "name" in values else self._quota(year, values)

    def _unit(self, name: str) -> list[int]:
        """Units of the name, those in use first. Raises Refusal."""
        found = self._units.get(name, [])
        if not found:
            raise rejected("MH-TRAINING-32", "unit", name=name)
        return found

    def _new_unit(self, name: str) -> int:
        """The unit something new is written for. Raises Refusal: none in use, or several of the name."""
        found = [one for one in self._unit(name) if one in self._live_units]
        if len(found) != 1:
            raise rejected("MH-TRAINING-32", "unit", name=name)
        return found[0]

    def _quota(self, year: int, values: Mapping[str, Any]) -> Outcome:
        quota = values["quota"]
        if not is_quota(year, quota):
            raise rejected("MH-TRAINING-35", "quota", quota=quota)
        said = {key: values[key] for key in ("quota", "source") if key in values}
        for unit_id in self._unit(values["unit"]):
            stored = self._quotas.get((year, unit_id))
            if stored is not None:
                fresh = _filled(stored, said)
                self._quotas[year, unit_id] = fresh
                return Outcome.SAME if fresh == stored else Outcome.CHANGED
        unit_id = self._new_unit(values["unit"])
        self._quotas[year, unit_id] = RetrainingQuota(year=year, unit_id=unit_id, **said)
        return Outcome.NEW

    def _trainee(self, year: int, values: Mapping[str, Any]) -> Outcome:
        said: dict[str, Any] = {key: values[key] for key in ("stage_on", "note") if key in values}
        if "stage" in values:
            said["stage"] = code_of(values["stage"], "stage", RetrainingStage, "stage")
        if said.get("stage_on", self._today) > self._today:
            raise rejected("MH-TRAINING-34", "stage_on", day=said["stage_on"].isoformat())
        units = self._unit(values["unit"])
        name = names.normalize(str(values["name"]))
        same = [one for one in self._staff if one.name == name]
        if "phone" in values:
            same = [one for one in same if one.phone == values["phone"]] or [one for one in same if one.phone is None]
        ids = {one.id for one in same}
        known = [at for at, one in enumerate(self._people) if one.year == year and one.staff_id in ids]
        if len(known) > 1:
            known = [at for at in known if self._people[at].unit_id in units]
        if len(known) > 1:
            raise conflict("MH-STAFF-22", "name")
        if known:
            stored = self._people[known[0]]
            if said.get("stage", stored.stage) != stored.stage and "stage_on" not in said:
                raise rejected("MH-TRAINING-45", "stage_on")
            if stored.unit_id not in units:
                said["unit_id"] = self._new_unit(values["unit"])
            fresh = _filled(stored, said)
            self._people[known[0]] = fresh
            return Outcome.SAME if fresh == stored else Outcome.CHANGED
        live = [one for one in ids if one in self._live_staff and one is not None]
        if not live:
            raise rejected("MH-TRAINING-33", "name", name=name)
        if len(live) > 1:
            raise conflict("MH-STAFF-22", "name")
        if "stage_on" not in said:  # as in the window: since when is never left open
            raise rejected("MH-TRAINING-45", "stage_on")
        said.setdefault("stage", RetrainingStage.CHOSEN.value)
        self._people.append(Retrainee(staff_id=live[0], unit_id=self._new_unit(values["unit"]), year=year, **said))
        return Outcome.NEW

    def write(self, change: Change) -> None:
        """Store what the file changed."""
        for record in (*self._quotas.values(), *self._people):
            if record.id is None:
                change.add(record)
            elif record != self._stored[type(record), record.id]:
                change.replace(record)


def _filled(record: Any, values: Mapping[str, Any]) -> Any:
    """With the values; words that differ in blanks alone stay as they were typed."""
    said = {key: value for key, value in values.items() if _plain(getattr(record, key)) != value}
    return dataclasses.replace(record, **said)


def _plain(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value
