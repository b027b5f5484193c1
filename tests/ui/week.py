"""A doctor's week in the real window, typed with real key events: ``python3 dev.py week [DIR]``.

People are registered, visited by form, by batch grid and by the number of a printed sheet; some are lost after three
attempts, one dies, one moves away, a twin file is merged. The window is closed, locked and the process killed in the
middle of a sheet; each time the draft comes back. Then everything is counted: the due list parts the register, the
weekly report balances, the round's sheet prints. `tests.ui.test_week` travels a short week without a display.

Key presses are counted per workflow; words that have to be said in any case are not. Pictures of each step are kept
when a folder is given.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mhdesk.domain import identity
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement
from mhdesk.domain.transfer import Transfer
from tests.ui.week_hand import BUCKETS, FULL_KEYS, NAMES, STABLE_KEYS, Plan, Told, Week, make_ledger
from ui import theme
from ui.pages.follow_up import VisitPage

SHORT = Plan(staying=3, lost=1, rounds=1)


def half_and_wait(folder: Path, day: date, patient_id: int) -> int:
    """A process of its own: types half a sheet, says so when the draft is stored, and waits to be killed."""
    week = Week(folder, SHORT)
    week.clock.day = day
    week.open()
    page = week.go("visit", VisitPage, patient_id=patient_id)
    saved: list[str] = []
    page.keeper.saved.connect(saved.append)
    week.half_a_sheet(patient_id)
    week.until(lambda: bool(saved))
    sys.stdout.write("typed\n")
    sys.stdout.flush()
    while True:
        QTest.qWait(50)


def kill_in_the_middle(folder: Path, patient_id: int, day: date) -> None:
    """Start such a process, and kill it once the draft is stored."""
    command = [sys.executable, "-m", "tests.ui.week", "--half", str(folder), day.isoformat(), str(patient_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "typed"
        finally:
            process.kill()


def travel(folder: Path, plan: Plan, pictures: Path | None = None) -> Told:
    """The whole week in a fresh ledger below `folder`."""
    place = folder / "ledger"
    week = Week(place, plan, pictures)
    make_ledger(place, week.clock)
    week.open()
    _register(week)
    _visits(week)
    _ends(week, folder)
    _interrupted(week)
    _sums(week, folder)
    week.end(lambda window: window.close())
    return week.told


def _register(week: Week) -> None:
    for place in range(week.plan.people):
        body = f"990000{1960 + place}0302{10 + place:02}2"
        week.register(NAMES[place], body + identity.check_digit(body))
    for patient_id in week.ids():
        week.full_sheet(patient_id)


def _visits(week: Week) -> None:
    from mhdesk.services import printing

    everybody = week.ids()
    staying, lost = everybody[: week.plan.staying], everybody[week.plan.staying :]
    week.clock.day = date(2026, 10, 22)
    week.batch(everybody)
    for day in (date(2026, 10, 23), date(2026, 11, 6), date(2026, 11, 24)):
        week.clock.day = day
        for patient_id in lost:
            week.attempt(patient_id)
        if day == date(2026, 11, 6):
            printing.visit_sheets(week.ledger, today=day, patient_ids=staying)
            for row in range(1, len(staying) + 1):
                week.by_number(f"1-{row}")
    for patient_id in lost:
        week.lose(patient_id)
    for number in range(week.plan.rounds):
        week.clock.day = date(2026, 11, 24) + timedelta(days=number)
        for patient_id in staying:
            week.go("visit", VisitPage, patient_id=patient_id)
            week.same_sheet()


def _ends(week: Week, folder: Path) -> None:
    week.clock.day = date(2026, 11, 27)
    staying = week.ids()[: week.plan.staying]
    week.register(NAMES[1], None)
    week.merge(staying[1], max(week.ids()))
    week.undo_and_redo()
    week.die(staying[0])
    week.move_out(staying[-1], folder / "流转单.xlsx")
    week.recycle(staying[1])


def _interrupted(week: Week) -> None:
    someone = week.ids()[1]
    texts = week.half_a_sheet(someone)
    week.end(lambda window: window.close())
    week.open()
    week.draft_returns(someone, texts, "draft after closing")
    texts = week.half_a_sheet(someone)
    week.end(lambda window: window.lock())
    week.open()
    week.draft_returns(someone, texts, "draft after locking")
    week.end(lambda window: window.close())
    kill_in_the_middle(week.folder, someone, week.clock.day)
    week.open()
    week.draft_returns(someone, texts, "draft after a kill")


def _sums(week: Week, folder: Path) -> None:
    """Everybody in one bucket, a report that balances, a sheet that prints; nothing left half typed."""
    from mhdesk.services import drafts, printing, rollups, worklist
    from mhdesk.services.worklist import DueQuery

    ledger, today, plan = week.ledger, week.clock.day, week.plan
    due = worklist.due(ledger, today=today, query=DueQuery(buckets=BUCKETS))
    assert sum(due.buckets.values()) == len(week.ids()) == plan.people
    assert due.buckets["ended"] == 2
    assert due.buckets["snoozed"] == plan.lost
    balance = rollups.weekly(ledger, on=today, today=today).balance[-1]
    assert balance.holds
    assert (balance.died, balance.moved_out) == (1, 1)
    document = printing.visit_sheets(ledger, today=today, patient_ids=week.ids()[1:2])
    assert document.write(folder / "入户随访单.pdf") >= 1
    assert not drafts.waiting(ledger)
    visits = ledger.find(FollowUp)
    week.told.counts = {
        "registered": plan.people,
        "visits": sum(one.is_complete for one in visits),
        "lost": sum(one.lost_reason is not None for one in visits),
        "died": len(ledger.find(Movement, kind="died")),
        "moved out": len(ledger.find(Transfer)),
    }
    assert week.told.counts["lost"] == plan.lost
    assert max(week.told.presses["stable, as last time"]) <= STABLE_KEYS
    assert max(week.told.presses["full form"]) <= FULL_KEYS


def main() -> int:
    """Travel the long week on this display, or half a sheet for a process that is killed."""
    application = QApplication(sys.argv[:1])
    theme.speak_chinese(application)
    theme.apply(application, 100)
    if sys.argv[1] == "--half":
        ledger, day, patient_id = sys.argv[2:5]
        return half_and_wait(Path(ledger), date.fromisoformat(day), int(patient_id))
    pictures = Path(sys.argv[1])
    told = travel(pictures / f"{datetime.now(UTC):%H%M%S}", Plan(), pictures)
    sys.stdout.write("\n".join(told.lines()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
