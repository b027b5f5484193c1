"""Keys, packages, and every refusal of the district with its own code."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from db import accounts
from mhdesk.domain.account import Role
from mhdesk.domain.errors import InputRefused, LedgerError, OutputFailed, UsageError, UserError
from mhdesk.domain.exchange import ReceivedPackage, SealedPackage
from mhdesk.domain.patient import Movement, Patient
from mhdesk.exchange import keys as exchange_keys
from mhdesk.exchange import papers
from mhdesk.services import rollups
from mhdesk.services.district import keys, merging, packing, report
from tests.services.district_house import CHEAP, TODAY, House, make_templates, plain

WEEK = timedelta(days=7)
LAST_WEEK = TODAY - WEEK


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_templates(tmp_path_factory.mktemp("district"))


@pytest.fixture
def house(tmp_path: Path, templates: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, templates, stack, 2)


# ---------------------------------------------------------------- keys


def test_nobody_is_trusted_before_the_digits_agree(house: House, tmp_path: Path) -> None:
    town, district = house.towns[0], house.district
    with pytest.raises(UserError) as known:
        keys.register(district, keys.write_registration(town, tmp_path / "r.mhg"), fingerprint="1" * 32)
    assert known.value.code == "MH-KEYS-06"
    station = keys.need_joined(town).fingerprint
    with pytest.raises(UserError) as twice:
        keys.register(district, tmp_path / "r.mhg", fingerprint=station)
    assert twice.value.code == "MH-KEYS-09"
    keys.revoke(district, keys.need_joined(town).org_code, reason="换了电脑")
    renewed = keys.write_setup(district, tmp_path / "new.mhs")
    joined = keys.join(town, renewed)  # signed by the district already known: no digits asked
    assert joined.fingerprint != station  # a revoked key is never used again
    registration = keys.write_registration(town, tmp_path / "r2.mhg")
    keys.register(district, registration, fingerprint=joined.fingerprint.replace(" ", ""))
    assert house.code(house.pack(0)) == ""


def test_a_foreign_setup_file_needs_its_own_digits(house: House, tmp_path: Path) -> None:
    stranger = exchange_keys.new_signing_pair()
    body = dict(keys.need_joined(house.towns[0]).setup) | {"signing": exchange_keys.to_text(stranger.public)}
    file = tmp_path / "foreign.mhs"
    file.write_bytes(papers.write(papers.SETUP, body, [stranger.private]))
    with pytest.raises(UserError) as refused:
        keys.join(house.towns[0], file)
    assert refused.value.code == "MH-KEYS-06"
    known = keys.need_joined(house.towns[0])
    own = keys.need_own(house.district)
    file.write_bytes(papers.write(papers.SETUP, body, [own.signing]))  # names a key that did not sign
    with pytest.raises(InputRefused) as unsigned:
        keys.look_setup(house.towns[0], file)
    assert unsigned.value.code == "MH-KEYS-01"
    assert keys.need_joined(house.towns[0]) == known


def test_an_older_setup_file_brings_no_revoked_key_back(house: House, tmp_path: Path) -> None:
    old = keys.write_setup(house.district, tmp_path / "old.mhs")
    keys.revoke(house.district, keys.need_joined(house.towns[0]).org_code, reason="遗失")
    keys.join(house.towns[0], keys.write_setup(house.district, tmp_path / "new.mhs"))
    with pytest.raises(UserError) as refused:
        keys.join(house.towns[0], old)
    assert refused.value.code == "MH-KEYS-12"


def test_the_backup_key_lies_in_the_safe_and_opens_packages(house: House, tmp_path: Path, templates: Path) -> None:
    file = house.pack(0)
    with house.district.change("test") as change:  # the working keys are lost
        stored = house.district.get_setting(keys.OWN_SETTING)
        change.set_setting(keys.OWN_SETTING, stored | {"working": []})
    assert house.code(file) == "MH-PACK-04"
    assert house.code(file, backup_key=templates / "safe.txt") == ""
    words = (templates / "safe.txt").read_text().strip()
    assert words not in str(stored)
    with pytest.raises(InputRefused):
        keys.read_backup_key(tmp_path / "nothing")


def test_renewed_keys_still_open_what_is_on_its_way(house: House, tmp_path: Path) -> None:
    old = house.pack(0)
    before = keys.need_own(house.district)
    keys.make(house.district, tmp_path / "safe2.txt")
    after = keys.need_own(house.district)
    assert after.fingerprint == before.fingerprint
    assert after.working[1:] == before.working
    assert house.code(old) == ""
    keys.join(house.towns[1], keys.write_setup(house.district, tmp_path / "new.mhs"))
    assert len(keys.need_joined(house.towns[1]).matching) == 2  # both years' tokens while others still use the old key
    assert house.code(house.pack(1)) == ""
    with pytest.raises(UsageError):
        keys.make(house.district, tmp_path / "safe2.txt")  # a file in the safe is never overwritten


def test_only_administrators_touch_keys_and_each_ledger_has_its_part(house: House, tmp_path: Path) -> None:
    for call in (
        lambda: keys.make(house.towns[0], tmp_path / "x"),
        lambda: keys.need_joined(house.district),
        lambda: report.build(house.towns[0], on=TODAY, today=TODAY),
        lambda: merging.preview(house.towns[0], [], today=TODAY),
    ):
        with pytest.raises(UserError) as refused:
            call()
        assert refused.value.code == "MH-KEYS-03"
    house.district.role = Role.DOCTOR
    with pytest.raises(UserError) as denied:
        keys.make(house.district, tmp_path / "x")
    assert denied.value.code == "MH-LEDGER-22"


# ---------------------------------------------------------------- packages


def test_the_whole_way_there_and_back(house: House) -> None:
    file = house.pack(0)
    assert file.name.startswith("MHX_")
    (kept,) = house.towns[0].find(SealedPackage)
    assert kept.content
    merged = house.merge(file)
    (verdict,) = merged.verdicts
    assert (verdict.state, verdict.name, verdict.counts["person"]) == (merging.ACCEPTED, "甲镇卫生院", 3)
    assert verdict.receipt_file is not None
    view, _ = packing.take_receipt(house.towns[0], verdict.receipt_file)
    assert view.is_accepted
    (kept,) = house.towns[0].find(SealedPackage)
    assert (kept.content, kept.answer) == (None, packing.ACCEPTED)
    with pytest.raises(UserError) as again:
        house.pack(0)
    assert again.value.code == "MH-PACK-32"
    with pytest.raises(UserError) as other:
        packing.take_receipt(house.towns[1], verdict.receipt_file)
    assert other.value.code == "MH-PACK-37"


@pytest.mark.parametrize("level", ["D0", "D1"])
def test_a_package_has_the_numbers_of_the_frozen_report(house: House, level: str) -> None:
    rollup = rollups.weekly(house.towns[0], on=TODAY, today=TODAY)
    rollups.submit(house.towns[0], rollup)
    house.add(house.towns[0], [house.someone(0, 4)])  # comes after the freeze
    house.merge(house.pack(0, level=level))
    week = report.build(house.district, on=TODAY, today=TODAY)
    said = next(one for one in week.rollup.units if one.unit.name == "甲镇卫生院").values
    for key, result in rollup.total.items():
        assert (said[key].numerator, said[key].denominator) == (result.numerator, result.denominator), key
    assert said["registered"].numerator == 3
    line = next(one for one in week.lines if one.name == "甲镇卫生院")
    assert (line.level, line.is_frozen) == (level, True)


def test_the_same_again_is_the_same_file_and_a_change_needs_its_reason(house: House) -> None:
    first = house.pack(0).read_bytes()
    assert house.pack(0).read_bytes() == first
    house.add(house.towns[0], [house.someone(0, 4)])
    with pytest.raises(UserError) as refused:
        house.pack(0)
    assert refused.value.code == "MH-PACK-31"
    second = house.pack(0, reason="late_entry")
    found = house.merge(house.stick)
    assert [one.state for one in found.verdicts] == [merging.ACCEPTED] * 2
    week = report.build(house.district, on=TODAY, today=TODAY)
    assert week.rollup.total["registered"].numerator == 4
    assert house.code(second) == merging.REPEATED


def canaries(person: Patient) -> list[bytes]:
    words = [person.name, person.id_number or "", person.guardian_name or "", person.guardian_phone or "", "1970-03-05"]
    return [word.encode(encoding) for word in words for encoding in ("utf-8", "utf-16-le", "gb18030")] + [
        word.encode("unicode_escape") for word in words
    ]


@pytest.mark.parametrize("level", ["D0", "D1"])
def test_no_name_leaves_the_house(house: House, tmp_path: Path, level: str) -> None:
    someone = house.someone(0, 0, current_address="麤路一号", contact_phone="15400009999")
    keys.write_setup(house.district, house.stick / "setup.mhs")
    keys.write_registration(house.towns[0], house.stick / "r.mhg")
    file = house.pack(0, level=level)
    house.merge(file)
    said = plain(house, file) + b"".join(one.read_bytes() for one in house.stick.rglob("*") if one.is_file())
    assert len(list(house.stick.iterdir())) == 4  # setup, registration, package, receipt
    assert not [needle for needle in [*canaries(someone), "麤路".encode()] if needle in said]
    readable = {one.name: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    assert not [name for name, data in readable.items() for needle in canaries(someone)[:6] if needle in data]


def test_names_need_a_reason_and_a_second_person(house: House) -> None:
    town = house.towns[0]
    someone = town.find(Patient)[0]
    given: dict[str, Any] = {"patient_ids": [someone.id], "folder": house.stick, "today": TODAY}
    accounts.add_user(town, login="li", name="李梅", role=Role.DOCTOR, password="Tongjing-2026-lamp", kdf=CHEAP)
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"reason": "because", "second": "li", "second_password": "Tongjing-2026-lamp"}, "MH-PACK-35"),
        ({"reason": "asked", "second": "wang", "second_password": "Longhua-2026-lamp"}, "MH-PACK-36"),
        ({"reason": "asked", "second": "nobody", "second_password": "x"}, "MH-PACK-36"),
        ({"reason": "asked", "second": "li", "second_password": "wrong"}, "MH-LEDGER-01"),
        ({"reason": "asked", "second": "li", "second_password": "x", "patient_ids": []}, "MH-PACK-34"),
    ]
    for options, code in refusals:
        with pytest.raises((UserError, LedgerError)) as refused:
            packing.package_named(town, **(given | options))
        assert refused.value.code == code
    assert packing.named_lines(town, [someone.id or 0])[0].name == someone.name
    packed = packing.package_named(town, **given, reason="asked", second="li", second_password="Tongjing-2026-lamp")
    said = plain(house, packed.file)
    assert someone.name in said.decode()
    others = [one for one in town.find(Patient) if one.id != someone.id]
    assert not [one.name for one in others if one.name in said.decode()]
    house.pack(0)
    merged = house.merge(house.stick)
    assert {one.level for one in merged.of(merging.ACCEPTED)} == {"D1", "D2"}
    week = report.build(house.district, on=TODAY, today=TODAY)
    unit = next(one.unit_id for one in week.lines if one.name == "甲镇卫生院")
    hidden = report.people(house.district, week, "registered", unit_id=unit)
    shown = report.people(house.district, week, "registered", unit_id=unit, identified=True)
    assert hidden is not None
    assert shown is not None
    assert {one.name for one in hidden} == {""}
    assert {one.name for one in shown} == {"", someone.name}


def test_a_stick_pulled_out_leaves_nothing_that_looks_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at the n-th call of the system, then n+1, until the package is written."""
    calls, limit = 0, 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            if str(house.stick) in str(arguments) or isinstance(arguments[0], int):
                calls += 1
                if calls > limit:
                    raise OSError(19, "no such device")
            return real(*arguments, **options)

        return call

    sealed = packing.package(house.towns[0], on=TODAY, folder=house.folder / "first", today=TODAY).package
    with monkeypatch.context() as patch:
        for owner, names in ((os, ("open", "fsync", "replace", "mkdir")), (Path, ("write_bytes", "read_bytes"))):
            for name in names:
                patch.setattr(owner, name, failing(getattr(owner, name)))
        while True:
            calls = 0
            try:
                packing._write(house.towns[0], sealed, house.stick, "", is_new=False)
            except (OutputFailed, LedgerError):
                whole = [one for one in os.scandir(house.stick) if one.is_file()]
                assert not [one.name for one in whole]
                limit += 1
                continue
            break
    assert limit >= 4
    assert (house.stick / sealed.file_name).read_bytes() == (house.folder / "first" / sealed.file_name).read_bytes()
    assert packing.check_stick(house.towns[0], sealed.id or 0, house.stick)
    (house.stick / sealed.file_name).write_bytes(b"fake stick")
    assert not packing.check_stick(house.towns[0], sealed.id or 0, house.stick)


# ---------------------------------------------------------------- refusals


def cases() -> dict[str, tuple[str, Callable[[House, Path], Path]]]:
    """What is wrong -> the code, and how to make such a package from a good one."""
    stranger = exchange_keys.new_signing_pair()

    def rows(change: Callable[[list[Any]], list[Any]]) -> Callable[[House, Path], Path]:
        return lambda house, file: house.alter(file, rows=change)

    def said(**changes: Any) -> Callable[[House, Path], Path]:
        return lambda house, file: house.alter(file, **changes)

    return {
        "unknown sender": ("MH-PACK-07", said(station=stranger.kid)),
        "another's org code": ("MH-PACK-09", said(org_code="0003")),
        "forged": ("MH-PACK-10", lambda house, file: house.alter(file, signer=stranger.private)),
        "another district": ("MH-PACK-04", said(district="ab" * 8)),
        "no week": ("MH-PACK-17", said(start="2026-11-15", end="2026-11-22", cut_off="2026-11-20")),
        "future week": ("MH-PACK-17", said(start="2026-11-23", end="2026-11-30", cut_off="2026-11-23")),
        "stale week": ("MH-PACK-19", said(start="2026-10-19", end="2026-10-26", cut_off="2026-10-25")),
        "made long ago": ("MH-PACK-21", said(created="2026-10-20T02:00:00+00:00")),
        "made in the future": ("MH-PACK-21", said(created="2026-11-22T02:00:00+00:00")),
        "too new": ("MH-PACK-03", said(min_reader=2)),
        "body of another": ("MH-PACK-05", said(body="ab" * 32)),
        "counts unlike": ("MH-PACK-23", said(counts={"values": 1, "balance": 1, "person": 4})),
        "two totals": ("MH-PACK-23", rows(lambda found: [*found, found[0]])),
        "names in D0": ("MH-PACK-23", said(level="D0")),
        "no totals": ("MH-PACK-23", rows(lambda found: found[2:])),
        "no such place": ("MH-PACK-22", rows(lambda found: [*found[:2], found[2] | {"places": [999]}, *found[3:]])),
    }


@pytest.mark.parametrize("wrong", cases())
def test_each_refusal_has_its_code_and_changes_nothing(house: House, wrong: str) -> None:
    code, make = cases()[wrong]
    good = house.pack(0)
    assert house.code(make(house, good)) == code
    assert not house.district.find(ReceivedPackage)
    assert house.code(good) == ""


def test_files_that_are_none(house: House) -> None:
    good = house.pack(0)
    data = good.read_bytes()
    for name, content, code in [
        ("empty", b"", "MH-PACK-01"),
        ("text", b"hello, world " * 20, "MH-PACK-01"),
        ("cut", data[: len(data) // 2], "MH-PACK-05"),
        ("flipped", data[:300] + bytes([data[300] ^ 1]) + data[301:], "MH-PACK-05"),
    ]:
        (house.stick / name).write_bytes(content)
        assert house.code(house.stick / name) == code
    assert house.code(house.stick / "absent") == "MH-PACK-01"
    assert not house.merge(house.stick / "..").verdicts  # a folder without packages


def test_a_revoked_sender(house: House) -> None:
    file = house.pack(0)
    keys.revoke(house.district, keys.need_joined(house.towns[0]).org_code, reason="遗失")
    assert house.code(file) == "MH-PACK-08"


def test_replay_and_chain(house: House) -> None:
    first = house.pack(0, LAST_WEEK)
    second = house.pack(0)
    assert house.code(first) == ""
    assert house.code(house.alter(first)) == "MH-PACK-12"  # the same number, sealed anew: other bytes
    other: dict[str, Any] = {"package_id": str(uuid.UUID(int=1))}
    assert house.code(house.alter(first, **other)) == "MH-PACK-15"
    assert house.code(house.alter(second, **other, previous="ab" * 32)) == "MH-PACK-16"
    broken = {"seq": 7, "head": "ab" * 32, "previous_seq": 1, "previous_head": "cd" * 32}
    assert house.code(house.alter(second, **other, audit=broken)) == "MH-PACK-39"
    assert house.code(second) == ""
    assert [house.code(one) for one in (first, second)] == [merging.REPEATED] * 2


def test_a_gap_is_named_and_can_be_filled(house: House) -> None:
    files = [house.pack(0, TODAY - WEEK * back) for back in (2, 1, 0)]
    (late,) = house.merge(files[2]).verdicts
    assert [(one.code, one.params["first"], one.params["last"]) for one in late.notes if one.code == "MH-PACK-24"] == [
        ("MH-PACK-24", "1", "2")
    ]
    assert (
        house.code(house.alter(files[1], package_id=str(uuid.UUID(int=1)))) == "MH-PACK-16"
    )  # not what 3 was built on
    assert [house.code(files[1]), house.code(files[0])] == ["", ""]


def test_a_closed_week_and_its_correction(house: House) -> None:
    file = house.pack(0)
    house.merge(file)
    week = report.build(house.district, on=TODAY, today=TODAY)
    report.freeze(house.district, week, checked_by="王")
    house.add(house.towns[0], [house.someone(0, 4)])
    fresh = house.pack(0, reason="late_entry")
    assert house.code(house.alter(fresh, reason=None, package_id=str(uuid.UUID(int=1)))) == "MH-PACK-18"
    assert house.code(fresh) == "MH-PACK-18"
    with pytest.raises(UserError) as reasonless:
        report.reopen(house.district, week.period.start, reason=" ")
    assert reasonless.value.code == "MH-PACK-44"
    report.reopen(house.district, week.period.start, reason="补录一人")
    assert house.code(house.alter(fresh, reason=None, package_id=str(uuid.UUID(int=1)))) == "MH-PACK-20"
    assert house.code(house.alter(fresh, revision=1, package_id=str(uuid.UUID(int=1)))) == "MH-PACK-20"
    assert house.code(fresh) == ""
    again = report.build(house.district, on=TODAY, today=TODAY)
    with pytest.raises(UserError) as unexplained:
        report.freeze(house.district, again)
    assert unexplained.value.code == "MH-REPORT-04"
    assert report.freeze(house.district, again, correction_note="补录一人").submission.revision == 2
    assert week.period.start.isoformat() in report.closed_weeks(house.district)


def test_a_township_that_restored_a_backup_is_asked_about_once(house: House) -> None:
    old = house.pack(0, LAST_WEEK)
    house.merge(old)
    house.towns[0].set_setting("epoch", 2)
    fresh = house.pack(0)
    assert house.code(fresh) == "MH-PACK-14"
    org = keys.need_joined(house.towns[0]).org_code
    assert house.code(fresh, confirmed=[org]) == ""
    stale = house.alter(old, package_id=str(uuid.UUID(int=1)), seq=9)
    assert house.code(stale, confirmed=[org]) == "MH-PACK-13"


def test_a_refused_package_is_answered_too(house: House) -> None:
    file = house.pack(0)
    (verdict,) = house.merge(file, today=date(2027, 1, 1)).verdicts
    assert verdict.code == "MH-PACK-19"
    assert verdict.receipt_file is not None
    view, _ = packing.take_receipt(house.towns[0], verdict.receipt_file)
    assert not view.is_accepted
    assert [one["code"] for one in view.notes] == ["MH-PACK-19"]
    (kept,) = house.towns[0].find(SealedPackage)
    assert kept.content  # still kept: nobody has it
    with pytest.raises(UserError):
        house.pack(0)
    assert house.code(house.pack(0, reason="correction")) == ""


def test_a_moved_person_names_the_township_it_went_to(house: House) -> None:
    town = house.towns[0]
    one = town.find(Patient)[0]
    with town.change("move") as change:
        change.add(
            Movement(patient_id=one.id or 0, kind="moved_out", happened_on=date(2026, 11, 17), other_unit="乙镇卫生院")
        )
    house.merge(house.pack(0), house.pack(1))
    merged = house.merge(house.stick)
    (unmet,) = merged.conflicts
    assert (unmet.kind, len(unmet.orgs)) == ("unmet", 2)
