"""A small district: its ledger, townships with a few invented people, keys exchanged; and packages made to order."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.exchange import Station
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.exchange import body, envelope, manifest
from mhdesk.exchange import keys as exchange_keys
from mhdesk.services.district import keys, merging, packing
from mhdesk.services.district.checks import open_package
from tests.services.people import id_number, person, sheet

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MONDAY = "2026-11-16"
LOGIN, PASSWORD = "wang", "Longhua-2026-lamp"
CHEAP = Kdf(memory_kib=64, iterations=1, lanes=1)
NAMES = ("甲镇卫生院", "乙镇卫生院", "丙镇卫生院", "丁镇卫生院", "戊镇卫生院")


class Clock:
    """A clock both sides look at; moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


class House:
    """Everything open; close it with the stack."""

    def __init__(self, folder: Path, templates: Path, stack: ExitStack, towns: int, *, people: int = 3) -> None:
        self.folder, self.clock, self.stick = folder, Clock(), folder / "stick"
        self.stick.mkdir(parents=True)
        shutil.copytree(templates / "district", folder / "district")
        self.district = stack.enter_context(self.open(folder / "district"))
        self.towns: list[Ledger] = []
        for number, name in enumerate(NAMES[:towns]):
            shutil.copytree(templates / name, folder / name)
            town = stack.enter_context(self.open(folder / name))
            self.towns.append(town)
            self.add(town, [self.someone(number, place) for place in range(people)])

    def open(self, folder: Path) -> Ledger:
        """Open a ledger of the house."""
        return Ledger.open(folder, login=LOGIN, password=PASSWORD, now=self.clock)

    def someone(self, town: int, place: int, **changes: Any) -> Patient:
        """An invented person no other town has."""
        serial = 10 + 20 * town + place
        return person(f"麤{'甲乙丙丁戊'[town]}{'子丑寅卯辰'[place % 5]}", serial, **changes)

    def add(self, town: Ledger, people: Sequence[Patient], *, visit: date | None = date(2026, 10, 12)) -> list[int]:
        """Put people on a register, each with a visit."""
        with town.change("patient.add") as change:
            ids = change.add_many([dataclasses.replace(one, unit_id=town.root_unit_id) for one in people])
            if visit is not None:
                change.add_many([sheet(one, visit) for one in ids])
        return ids

    def pack(self, town: int, on: date = TODAY, **options: Any) -> Path:
        """A package of a town, on the stick."""
        return packing.package(self.towns[town], on=on, folder=self.stick, today=TODAY, **options).file

    def merge(self, *files: Path, **options: Any) -> merging.Merged:
        """Take packages."""
        return merging.merge(self.district, files, today=options.pop("today", TODAY), **options)

    def code(self, *files: Path, **options: Any) -> str:
        """The one refusal, "" where the one file was taken."""
        (verdict,) = self.merge(*files, **options).verdicts
        return verdict.code or ("" if verdict.state == merging.ACCEPTED else verdict.state)

    def alter(
        self,
        file: Path,
        town: int | None = 0,
        rows: Callable[[list[Any]], list[Any]] | None = None,
        *,
        signer: bytes | None = None,
        **changes: Any,
    ) -> Path:
        """The same package with another manifest or other rows, honestly sealed and signed again."""
        opened = open_package(file.name, file.read_bytes(), keys.need_own(self.district).openers())
        joined = keys.need_joined(self.towns[town or 0])
        packed = opened.content.body
        document = dict(opened.manifest.document)
        if rows is not None:
            made = rows([dict(row) for row in body.unpack(packed)])
            packed = body.pack(made)
            document |= {"counts": body.counts(made)}
        document |= {"body": hashlib.sha256(packed).hexdigest()} | changes
        sealed = envelope.seal(
            manifest.write(document), packed, signer=signer or joined.station, recipients=joined.recipients
        )
        target = self.stick / f"altered-{hashlib.sha256(sealed).hexdigest()[:8]}.mhx"
        target.write_bytes(sealed)
        return target


def make_templates(folder: Path, *, towns: Sequence[str] = NAMES, is_joined: bool = True) -> Path:
    """Closed ledgers of a district and its towns, keys exchanged; made once in a run."""
    names = ["district", *towns]
    levels = ["district", *["township"] * len(towns)]
    clock = Clock()
    with ExitStack() as stack:
        opened = []
        for name, level in zip(names, levels, strict=True):
            ledger, _ = Ledger.create(
                folder / name,
                unit_name="测试区" if level == "district" else name,
                level=level,
                login=LOGIN,
                user_name="王敏",
                password=PASSWORD,
                now=clock,
                kdf=CHEAP,
            )
            opened.append(stack.enter_context(ledger))
        district, *others = opened
        with district.change("unit.add") as change:
            change.add_many(
                Unit(name=name, level=UnitLevel.INSTITUTION, parent_id=district.root_unit_id, sort_order=order)
                for order, name in enumerate(towns, start=1)
            )
        if is_joined:
            join_all(district, others, folder)
    return folder


def join_all(district: Ledger, towns: Sequence[Ledger], folder: Path) -> None:
    """Make keys, hand them out, register everybody."""
    own = keys.make(district, folder / "safe.txt")
    setup = keys.write_setup(district, folder / "setup.mhs")
    for number, town in enumerate(towns):
        joined = keys.join(town, setup, fingerprint=own.fingerprint)
        file = keys.write_registration(town, folder / f"{number}.mhg")
        keys.register(district, file, fingerprint=joined.fingerprint)


def station_of(house: House, town: int) -> Station:
    """A town as the district knows it."""
    joined = keys.need_joined(house.towns[town])
    kid = exchange_keys.signing_pair(joined.station).kid
    return house.district.find(Station, kid=kid)[0]


def plain(house: House, file: Path) -> bytes:
    """Everything a package says, as one text."""
    opened = open_package(file.name, file.read_bytes(), keys.need_own(house.district).openers())
    rows = body.unpack(opened.content.body)
    return opened.content.manifest + repr(rows).encode() + base64.b64decode(b"")


def twin(serial: int, **changes: Any) -> Patient:
    """Somebody two towns know by the same number."""
    return person("麤孪生", serial, id_number=id_number(serial), **changes)
