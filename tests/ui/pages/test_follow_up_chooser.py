from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.services import drafts, follow_ups
from tests.ui.forms.keys import Keyboard
from tests.ui.pages.follow_up_people import TODAY, add_people, stable_visit
from ui.navigation import PAGES
from ui.pages.base import Desk
from ui.pages.follow_up_chooser import LISTS, FollowUpsPage
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    return add_people(ledger)


@pytest.fixture
def page(
    qtbot: QtBot, ledger: Ledger, make_desk: Callable[[Any], Desk], people: list[int], tasks: TaskRunner
) -> FollowUpsPage:
    made = FollowUpsPage(make_desk(ledger))
    made.resize(1198, 712)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.activate({})
    qtbot.waitUntil(lambda: tasks.is_idle)
    return made


def test_those_who_are_due_come_one_after_the_other(
    page: FollowUpsPage, people: list[int], opened_pages: Opened
) -> None:
    assert sorted(line.id for line in page.lists.due) == people
    page.start()
    order = tuple(line.id for line in page.lists.due)
    assert opened_pages == [("visit", {"patient_id": order[0], "queue": order})]


def test_a_person_is_found_by_pinyin(
    page: FollowUpsPage, people: list[int], opened_pages: Opened, qtbot: QtBot, tasks: TaskRunner
) -> None:
    keyboard = Keyboard()
    assert QApplication.focusWidget() is page.search
    keyboard.type("qjg")  # 覃建国
    qtbot.waitUntil(lambda: tasks.is_idle)
    keyboard.press("enter")
    qtbot.waitUntil(lambda: bool(opened_pages))
    assert opened_pages == [("visit", {"patient_id": people[1]})]


def test_drafts_wait_on_their_list(
    page: FollowUpsPage, people: list[int], opened_pages: Opened, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    last = max(one.id or 0 for one in ledger.find(type(stable_visit(1, TODAY)), patient_id=people[0]))
    drafts.save(ledger, form=follow_ups.FORM, subject_id=people[2], values={"visit_form": "1"})
    drafts.save(ledger, form=f"{follow_ups.FORM}:{last}", subject_id=people[0], values={"visit_form": "1"})
    drafts.save(ledger, form="patient", subject_id=people[1], values={"name": "某"})
    page.refresh()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert {line.id for line in page.lists.drafts} == {people[0], people[2]}
    page.choice.choose("drafts")
    page._show_chosen()
    assert not page.tables["drafts"].isHidden()
    place = next(place for place, line in enumerate(page.lists.drafts) if line.id == people[0])
    page.tables["drafts"].opened.emit(place)
    assert opened_pages == [("visit", {"patient_id": people[0], "follow_up_id": last})]


def test_the_last_ones_visited_are_at_hand(page: FollowUpsPage, people: list[int]) -> None:
    assert [line.id for line in page.lists.recent] == [people[0]]
    assert page.lists.recent[0].last_visit == "2026-08-20"


def test_with_a_person_it_goes_straight_to_the_sheet(page: FollowUpsPage, opened_pages: Opened) -> None:
    page.activate({"patient_id": 2})
    assert opened_pages[-1] == ("visit", {"patient_id": 2})


def test_an_empty_ledger_says_what_to_do(
    qtbot: QtBot, ledger: Ledger, make_desk: Callable[[Any], Desk], tasks: TaskRunner
) -> None:
    made = FollowUpsPage(dataclasses.replace(make_desk(ledger)))
    made.activate({})
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert made.header.primary is not None
    assert not made.header.primary.isEnabled()
    for key in LISTS:
        assert not getattr(made.lists, key)


def test_both_pages_stand_in_the_table_of_pages() -> None:
    found = {page.key: page.load() for page in PAGES if page.key in {"follow_ups", "visit"}}
    assert {key: made.__name__ for key, made in found.items()} == {"follow_ups": "FollowUpsPage", "visit": "VisitPage"}
