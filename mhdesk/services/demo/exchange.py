"""A district's week played through: keys exchanged, packages made, merged, answered. Every key is fresh."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk.domain.patient import Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.services import patients
from mhdesk.services.district import keys, merging, packing
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_EARLY = 2  # so many also send the week before
_SILENT = 1  # the last one sends nothing


def make_keys(district: Ledger, folder: Path) -> Path:
    """The district's keys and its setup file; the backup key lies beside it, for want of a safe."""
    keys.make(district, folder / text("demo.exchange.backup_key"))
    return keys.write_setup(district, folder / text("demo.exchange.setup"))


def join(district: Ledger, town: Ledger, setup: Path, folder: Path) -> None:
    """One township joins and is registered; the digits are compared as two people would by telephone."""
    keys.join(town, setup, fingerprint=keys.need_own(district).fingerprint)
    file = keys.write_registration(town, folder / text("demo.exchange.registration"))
    keys.register(district, file, fingerprint=keys.need_joined(town).fingerprint)


def send(town: Ledger, number: int, last: int, folder: Path, *, today: date) -> None:
    """What one township sends: two also the week before, one totals only, the last one nothing."""
    if number > last - _SILENT:
        return
    days = [today - timedelta(days=7), today] if number <= _EARLY else [today]
    level = "D0" if number == last - _SILENT else "D1"
    for on in days:
        packing.package(town, on=on, level=level, folder=folder, today=today)


def plant_twin(first: Ledger, second: Ledger, *, today: date) -> None:
    """Somebody of the first township is known in the second one, too: something for the queue of conflicts."""
    one = next((one for one in first.find(Patient) if one.id_number), None)
    if one is None:
        return
    fresh = dataclasses.replace(one, id=None, uuid="", entered_at=None, version=1, unit_id=second.root_unit_id)
    patients.save(second, fresh, today=today)


def exchange(
    district: Ledger, towns: Sequence[tuple[Path, str]], folder: Path, *, login: str, today: date, task: Task = QUIET
) -> merging.Merged:
    """Every township (ledger folder, password) joins and sends; the district takes what came."""
    from mhdesk.services import access

    stick = folder / text("demo.exchange.stick")
    stick.mkdir(exist_ok=True)
    setup = make_keys(district, stick)
    with ExitStack() as first_two:
        opened: list[Ledger] = []
        for number, (place, password) in enumerate(towns, start=1):
            task.step(number, len(towns), text("demo.exchange.sending"))
            town = access.open_ledger(place, login=login, password=password)
            if number <= _EARLY:
                opened.append(first_two.enter_context(town))
            with ExitStack() as closing:
                if number > _EARLY:
                    closing.enter_context(town)
                join(district, town, setup, place.parent)
                if number == _EARLY:
                    plant_twin(*opened, today=today)
                send(town, number, len(towns), stick, today=today)
    return merging.merge(district, [stick], today=today, task=task)
